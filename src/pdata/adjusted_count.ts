import { thresholdIn } from './trace_state.ts'

const THRESHOLDS = 2 ** 56

/**
 * How many spans one with a trace state stands for: the reciprocal of the share of traces that its
 * threshold lets through. Spans that follow each other often have the same state.
 */
export class AdjustedCount {
  #state = ''
  #count: number | undefined

  /** Undefined where the state has no threshold. */
  of(traceState: string): number | undefined {
    if (traceState === this.#state) return this.#count
    this.#state = traceState
    this.#count = countOf(thresholdIn(traceState))
    return this.#count
  }
}

function countOf(threshold: string): number | undefined {
  if (threshold === '') return undefined
  const rejected = Number.parseInt(threshold.padEnd(14, '0'), 16)
  const count = THRESHOLDS / (THRESHOLDS - rejected)
  // One trace in three is a threshold of which no number of digits is exact.
  return Math.abs(count - Math.round(count)) < 1e-6 ? Math.round(count) : count
}
