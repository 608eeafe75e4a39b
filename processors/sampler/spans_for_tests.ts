import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Span, SpanGroup } from '../../src/pdata/traces.ts'

/** A span of 1 ms that is no error, in a trace with this randomness (7 hex digits). */
export function spanOf(randomness: string, given: Partial<Span> = {}): Span {
  return {
    traceId: `0af7651916cd43dd84${randomness}1c80319`,
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: 'GET',
    kind: 2,
    startNs: 1_700_000_000_000_000_000n,
    endNs: 1_700_000_000_001_000_000n,
    attributes: { 'url.path': '/' },
    events: [],
    status: { code: 0, message: '' },
    ...given,
  }
}

/** What makes a span an error. */
export const error: Partial<Span> = { status: { code: 2, message: '' } }

/** What makes a span last so many milliseconds. */
export function lasting(ms: number): Partial<Span> {
  return { endNs: 1_700_000_000_000_000_000n + BigInt(Math.round(ms * 1e6)) }
}

const scope = { name: 'test', version: '1' }

/** The spans of one process. */
export function groupOf(spans: readonly Span[], service = 'shop'): SpanGroup {
  return { resource: new Resource({ 'service.name': service }), scope, spans: new SpanArray(spans) }
}

/** A batch of one group. */
export function tracesOf(spans: readonly Span[], delivery = new Delivery()): Traces {
  return new Traces([groupOf(spans)], delivery)
}

/** All spans of a batch. */
export function spansIn(batch: Traces | undefined): Span[] {
  return (batch?.groups ?? []).flatMap(({ spans }) =>
    Array.from({ length: spans.length }, (_, i) => spans.at(i)),
  )
}

/** How the randomness of each span of a batch begins, and its trace state. */
export function statesIn(batch: Traces | undefined): string[] {
  return spansIn(batch).map(({ traceId, traceState }) => `${traceId.slice(18, 20)} ${traceState}`)
}
