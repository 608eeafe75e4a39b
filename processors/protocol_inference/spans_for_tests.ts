import { decodeTraces, spans, type SpanView } from '../../test/kit/otlp.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SPAN_KIND, STATUS_CODE, type Span, Traces } from '../../src/pdata/traces.ts'
import { HttpSpans } from './http_spans.ts'
import { HttpExchangeView } from './http_view.ts'
import { type Exchange, observationsOf } from './observations_for_tests.ts'

/** The spans of exchanges, in their order. */
export function spansOf(
  exchanges: readonly Exchange[],
  clock?: Parameters<typeof observationsOf>[1],
): HttpSpans {
  const records = observationsOf(exchanges, clock)
  const rows = Uint32Array.from(exchanges.keys())
  return new HttpSpans(new HttpExchangeView(), records, rows, 0, rows.length)
}

/** The span of an exchange, decoded. */
export function spanOf(exchange: Exchange): Span {
  return spansOf([exchange]).at(0)
}

/** Spans as a strict decoder reads them from their encoded form. */
export function encodedAndDecoded(list: HttpSpans): Span[] {
  const resource = new Resource({ 'service.name': 'test' })
  const group = { resource, scope: { name: 'test', version: '' }, spans: list }
  const out = new ProtoWriter(16)
  encodeTraces(new Traces([group], new Delivery()), out)
  return spans(decodeTraces(out.toBytes())).map(spanFrom)
}

function spanFrom(view: SpanView): Span {
  const { traceId, spanId, parentSpanId, traceState, flags, name, startNs, endNs } = view
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    name,
    kind: SPAN_KIND[view.kind as keyof typeof SPAN_KIND],
    startNs,
    endNs,
    attributes: view.attributes,
    events: [],
    status: { code: STATUS_CODE[view.status.code], message: view.status.message },
  }
}
