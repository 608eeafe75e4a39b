import { Delivery } from './delivery.ts'
import { Resource } from './resource.ts'
import type { Scope } from './resource.ts'
import { SpanArray } from './span_array.ts'
import { SPAN_KIND, STATUS_CODE, Traces } from './traces.ts'
import type { Span, SpanGroup } from './traces.ts'

/** A span that is told apart by its name and by its trace. */
export function spanOf(name: string): Span {
  return {
    traceId: Buffer.from(name.repeat(16)).toString('hex').slice(0, 32),
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name,
    kind: SPAN_KIND.server,
    startNs: 1_700_000_000_000_000_000n,
    endNs: 1_700_000_000_000_000_000n + BigInt(name.length),
    attributes: { 'http.route': `/${name}` },
    events: [],
    status: { code: STATUS_CODE.unset, message: '' },
  }
}

/** The resource of most tests. */
export const shop = new Resource({ 'service.name': 'shop' })
/** Another one. */
export const bank = new Resource({ 'service.name': 'bank' })
/** The scope of all tests. */
export const scope: Scope = { name: 'test', version: '1' }

/** A group with a span for each letter of `names`. */
export function groupOf(names: string, resource: Resource = shop): SpanGroup {
  return { resource, scope, spans: new SpanArray([...names].map(spanOf)) }
}

/** A batch of these groups, or of one group with a span for each letter. */
export function tracesOf(groups: string | SpanGroup[], delivery = new Delivery()): Traces {
  return new Traces(typeof groups === 'string' ? [groupOf(groups)] : groups, delivery)
}

/** The names of all spans, groups parted by a space: `abc de`. */
export function namesOf({ groups }: Traces): string {
  return groups
    .map(({ spans }) => Array.from({ length: spans.length }, (_, i) => spans.name(i)).join(''))
    .join(' ')
}
