import type { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { HeldTrace } from './held_trace.ts'

/** What a policy says of a trace. */
export const DECISION = { notSampled: 0, sampled: 1, dropped: 2 } as const
/** See `DECISION`. */
export type Decision = (typeof DECISION)[keyof typeof DECISION]

/** A trace as policies see it: what came of it, in the order in which it came. */
export interface TraceView {
  readonly trace: HeldTrace
  readonly parts: readonly TracePart[]
}

/** Spans of one resource and scope. */
export interface TracePart {
  readonly resource: Resource
  readonly scope: Scope
  readonly spans: EncodedSpanList
}

/** What a policy goes by. Throws OttlError where a condition fails that is to be told. */
export type Evaluate = (view: TraceView) => Decision

/** The trace for policies to look at. */
export function viewOf(trace: HeldTrace): TraceView {
  const parts: TracePart[] = []
  for (let piece = trace.first; piece; piece = piece.next) {
    parts.push({ resource: piece.resource, scope: piece.scope, spans: piece.spans() })
  }
  return { trace, parts }
}

/** A policy that samples where `holds`. */
export function sampledWhere(holds: (view: TraceView) => boolean): Evaluate {
  return (view) => (holds(view) ? DECISION.sampled : DECISION.notSampled)
}

/** A policy that samples the traces of which one span is so. */
export function anySpan(holds: (spans: EncodedSpanList, i: number) => boolean): Evaluate {
  return sampledWhere(({ parts }) => {
    for (const { spans } of parts) {
      for (let i = 0; i < spans.length; i++) if (holds(spans, i)) return true
    }
    return false
  })
}
