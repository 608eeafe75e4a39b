import { type JsonMap, mapOf, textIn } from '../events/json.ts'

/** A span that somebody else made, and that a delivery belongs to. */
export interface TraceLink {
  readonly traceId: string
  readonly spanId: string
  /** The annotation that told of it. */
  readonly from: string
}

/** W3C Trace Context in an annotation, as deployment tools set it. */
const TRACEPARENT = ['traceparent', 'tracing.opentelemetry.io/traceparent']
/** Lunettes' own: a JSON list with `trace_id` and `root_span_id`. */
const LIST = 'meta.lunettes.com/trace-context'

const PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/
const TRACE = /^(?!0{32})[0-9a-f]{32}$/
const SPAN = /^(?!0{16})[0-9a-f]{16}$/
const MAX_LINKS = 8

/** The spans that a pod's annotations name. */
export function traceLinksOf(annotations: JsonMap): TraceLink[] {
  const links = TRACEPARENT.flatMap((from) => {
    const [, traceId = '', spanId = ''] = PARENT.exec(textIn(annotations, from)) ?? []
    return linkOf(traceId, spanId, from)
  })
  return [...links, ...listed(textIn(annotations, LIST))].slice(0, MAX_LINKS)
}

function linkOf(traceId: string, spanId: string, from: string): TraceLink[] {
  return TRACE.test(traceId) && SPAN.test(spanId) ? [{ traceId, spanId, from }] : []
}

function listed(text: string): TraceLink[] {
  if (text === '') return []
  try {
    const parsed: unknown = JSON.parse(text)
    const items = Array.isArray(parsed) ? parsed : [parsed]
    return items.flatMap((item) => {
      const map = mapOf(item)
      return linkOf(textIn(map, 'trace_id'), textIn(map, 'root_span_id'), LIST)
    })
  } catch {
    return []
  }
}
