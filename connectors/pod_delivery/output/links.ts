import type { SpanLink } from '../../../src/pdata/traces.ts'
import type { RolloutLink } from '../trace/rollouts.ts'
import type { TraceLink } from '../trace/trace_context.ts'

/** What a pod's trace belongs to: spans that its annotations name, and its rollout. */
export function linksOf(own: readonly TraceLink[], rollout: RolloutLink | undefined): SpanLink[] {
  const links = own.map(({ traceId, spanId, from }) =>
    linkTo(traceId, spanId, { 'waggle.link.annotation': from }),
  )
  return rollout
    ? [...links, linkTo(rollout.traceId, rollout.spanId, { 'waggle.link.kind': 'rollout' })]
    : links
}

/** A link to a span. */
export function linkTo(
  traceId: string,
  spanId: string,
  attributes: SpanLink['attributes'],
): SpanLink {
  return { traceId, spanId, traceState: '', attributes, flags: 1 }
}
