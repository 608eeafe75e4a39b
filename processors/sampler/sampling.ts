import { Traces } from '../../src/pdata/traces.ts'
import type { SpanGroup } from '../../src/pdata/traces.ts'
import type { SamplerConfig } from './config.ts'
import { Judge, VERDICT, type Verdict } from './judge.ts'
import { markOf, type Marks, pickOf, SampledSpans, UPSTREAM } from './sampled_spans.ts'
import { thresholdOf } from './threshold.ts'
import type { TokenBucket } from '../../src/helpers/token_bucket.ts'

/** What became of the spans of a batch. */
export interface Sampled {
  /**
   * The spans that are kept; undefined where there are none, and no totals, which are not sampled. The
   * delivery is the batch's.
   */
  readonly kept: Traces | undefined
  readonly notSampled: number
  readonly rateLimited: number
}

/** The order in which the limit takes spans: those that stand for others first. */
const LIMITED_FIRST: readonly Verdict[] = [VERDICT.chance, VERDICT.upstream, VERDICT.rule]

const UNMARKED: Marks = { 0: undefined, 1: undefined, 2: undefined, 3: undefined }

/** Picks spans out of batches. What is picked is noted in arrays; the spans themselves are left. */
export class Sampling {
  readonly #judge: Judge
  readonly #marks: Marks
  readonly #limit: TokenBucket | undefined
  /** The verdict on each span of the batch at hand. */
  #verdicts = new Uint8Array(1024)

  constructor(config: SamplerConfig, limit: TokenBucket | undefined) {
    this.#judge = new Judge(config)
    this.#limit = limit
    const chance = markOf(thresholdOf(config.sampling_percentage).th)
    this.#marks = {
      ...UNMARKED,
      [VERDICT.rule]: markOf('0'),
      [VERDICT.chance]: chance,
      [VERDICT.upstream]: UPSTREAM,
    }
  }

  /** Decides about every span of a batch. */
  sample({ groups, itemCount, delivery, totals }: Traces): Sampled {
    if (itemCount > this.#verdicts.length) this.#verdicts = new Uint8Array(itemCount * 2)
    const wanted = this.#decide(groups)
    const granted = this.#limit?.take(wanted) ?? wanted
    const rateLimited = wanted - granted
    if (rateLimited > 0) this.#leaveOut(rateLimited, itemCount)
    // How likely a span was to pass the limit is not known, and a wrong share is worse than none.
    const marks = rateLimited > 0 ? UNMARKED : this.#marks
    const isEmpty = granted === 0 && totals.length === 0
    const kept = isEmpty ? undefined : new Traces(this.#picked(groups, marks), delivery, totals)
    return { kept, notSampled: itemCount - wanted, rateLimited }
  }

  /** Notes the verdicts; returns how many spans are to be kept. */
  #decide(groups: readonly SpanGroup[]): number {
    const verdicts = this.#verdicts
    const judge = this.#judge
    let kept = 0
    let at = 0
    for (const { spans } of groups) {
      for (let i = 0; i < spans.length; i++) {
        const verdict = judge.verdict(spans, i)
        verdicts[at++] = verdict
        if (verdict !== VERDICT.leftOut) kept++
      }
    }
    return kept
  }

  /** Takes back `excess` verdicts, those of the newest spans first. */
  #leaveOut(excess: number, itemCount: number): void {
    const verdicts = this.#verdicts
    let rest = excess
    for (const verdict of LIMITED_FIRST) {
      for (let i = itemCount - 1; i >= 0 && rest > 0; i--) {
        if (verdicts[i] !== verdict) continue
        verdicts[i] = VERDICT.leftOut
        rest--
      }
    }
  }

  #picked(groups: readonly SpanGroup[], marks: Marks): SpanGroup[] {
    const picked: SpanGroup[] = []
    let start = 0
    for (const { resource, scope, spans } of groups) {
      const picks = this.#picks(start, spans.length)
      start += spans.length
      if (picks.length === 0) continue
      picked.push({ resource, scope, spans: new SampledSpans(spans, picks, marks) })
    }
    return picked
  }

  /** The picks among `count` spans whose verdicts begin at `start`. */
  #picks(start: number, count: number): Uint32Array {
    const verdicts = this.#verdicts
    let kept = 0
    for (let i = 0; i < count; i++) if (verdicts[start + i] !== VERDICT.leftOut) kept++
    const picks = new Uint32Array(kept)
    let at = 0
    for (let i = 0; at < kept; i++) {
      const verdict = verdicts[start + i] as Verdict
      if (verdict !== VERDICT.leftOut) picks[at++] = pickOf(i, verdict)
    }
    return picks
  }
}
