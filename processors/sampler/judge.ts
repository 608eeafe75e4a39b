import { STATUS_CODE, type SpanList } from '../../src/pdata/traces.ts'
import type { SamplerConfig } from './config.ts'
import { thresholdOf } from './threshold.ts'

/** Why a span is kept, or that it is not. Two bits. */
export const VERDICT = {
  leftOut: 0,
  /** For what it is: an error, or slow. */
  rule: 1,
  /** Because of its trace's randomness. */
  chance: 2,
  /** Because its trace was sampled elsewhere. */
  upstream: 3,
} as const
/** Why a span is kept, or that it is not. */
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT]

/** Decides span by span from fields that a view reads without decoding. Nothing is allocated. */
export class Judge {
  readonly #threshold: number
  readonly #errors: boolean
  readonly #slowNs: number | undefined
  readonly #upstream: boolean

  constructor(config: SamplerConfig) {
    const { latency_threshold: slowMs } = config
    this.#threshold = thresholdOf(config.sampling_percentage).value
    this.#errors = config.always_sample_errors
    this.#slowNs = slowMs === undefined ? undefined : slowMs * 1e6
    this.#upstream = config.respect_sampled_flag
  }

  /**
   * What becomes of span `i`. The rules come first: whether one holds must not depend on the
   * randomness, or the share that the others are said to be kept with is wrong.
   */
  verdict(spans: SpanList, i: number): Verdict {
    if (this.#errors && spans.status(i) === STATUS_CODE.error) return VERDICT.rule
    if (this.#slowNs !== undefined && spans.durationNs(i) >= this.#slowNs) return VERDICT.rule
    if (this.#upstream && spans.sampledUpstream(i)) return VERDICT.upstream
    return spans.randomness(i) >= this.#threshold ? VERDICT.chance : VERDICT.leftOut
  }
}
