import type { Exemplar } from '../../src/pdata/metrics.ts'

/** How the values of one series from several sources are put together, and what a new one replaces. */
export type Mode =
  /** The latest counts, wherever it comes from. */
  | 'last'
  /** Sources are added up; one that fell silent counts no more. */
  | 'sum'
  /** Sources are added up; what one that fell silent, or began anew, had counted stays counted. */
  | 'counter'
  /** As `counter`, of sources that tell what was added since last time. */
  | 'delta'

/** A value that came in. */
export interface Sample<V> {
  /** Tells apart what the labels do not: the content of the resource. */
  readonly source: string
  readonly value: V
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  /** Nanoseconds since 1970: since when a cumulative value counts. */
  readonly startNs: bigint
  readonly exemplars: readonly Exemplar[]
}

/** Why a sample was not taken. */
export type Refusal = 'duplicate' | 'out_of_order'

/** What series need to know of their values. */
export interface Arithmetic<V> {
  readonly add: (a: V, b: V) => V
  /** Whether a cumulative value has begun anew. */
  readonly fell: (before: V, now: V) => boolean
}

interface Source<V> extends Sample<V> {
  readonly mode: Mode
  /** When it last came, in milliseconds of the store's clock. */
  readonly seenMs: number
}

/**
 * A counting source that has fallen silent may go on where it was, so that many are still known one by
 * one: enough for the pods of a service, and not for all that it ever had.
 */
const MAX_SILENT = 16

/**
 * One series: what all sources with the same labels have told. Two resources often have the same
 * labels, such as the workers of a server that is one service: theirs are added up.
 */
export class Series<V> {
  /** `code="200",job="shop"`. */
  readonly labels: string
  readonly #arithmetic: Arithmetic<V>
  #sources: Source<V>[] = []
  /** What sources had counted that are no longer known. */
  #gone: V | undefined
  #value: V | undefined

  constructor(labels: string, arithmetic: Arithmetic<V>) {
    this.labels = labels
    this.#arithmetic = arithmetic
  }

  /** Takes a value, or says why not. */
  add(sample: Sample<V>, mode: Mode, seenMs: number): Refusal | undefined {
    const source = mode === 'last' ? '' : sample.source
    const i = this.#sources.findIndex((other) => other.source === source)
    const before = this.#sources[i]
    const refusal = before && refusalOf(before.timeNs, sample.timeNs)
    if (refusal) return refusal
    const value = before ? this.#next(before, sample, mode) : sample.value
    this.#sources[before ? i : this.#sources.length] = { ...sample, source, value, mode, seenMs }
    this.#value = undefined
    return undefined
  }

  #next(before: Source<V>, sample: Sample<V>, mode: Mode): V {
    if (mode === 'delta' && before.mode === 'delta') {
      return this.#arithmetic.add(before.value, sample.value)
    }
    if (mode === 'counter' && this.#isShared && this.#beganAnew(before, sample)) {
      this.#keep(before.value)
    }
    return sample.value
  }

  /** A value of one source alone may fall, and Prometheus sees that it began anew; a sum may not. */
  get #isShared(): boolean {
    return this.#sources.length > 1 || this.#gone !== undefined
  }

  #beganAnew(before: Source<V>, sample: Sample<V>): boolean {
    return sample.startNs > before.startNs || this.#arithmetic.fell(before.value, sample.value)
  }

  #keep(value: V): void {
    this.#gone = this.#gone === undefined ? value : this.#arithmetic.add(this.#gone, value)
  }

  /** Forgets what was last seen before `cutoffMs`; true when no source was seen since. */
  expire(cutoffMs: number): boolean {
    const isLive = ({ seenMs }: Source<V>): boolean => seenMs >= cutoffMs
    if (this.#sources.every(isLive)) return false
    const live = this.#sources.filter(isLive)
    if (live.length === 0) return true
    const silent = this.#sources.filter((source) => !isLive(source) && counts(source))
    silent.sort((a, b) => b.seenMs - a.seenMs)
    for (const { value } of silent.splice(MAX_SILENT)) this.#keep(value)
    this.#sources = [...live, ...silent]
    this.#value = undefined
    return false
  }

  /** What all sources have told together. */
  get value(): V {
    this.#value ??= this.#total()
    return this.#value
  }

  #total(): V {
    const values = this.#sources.map(({ value }) => value)
    if (this.#gone !== undefined) values.push(this.#gone)
    return values.reduce((sum, value) => this.#arithmetic.add(sum, value))
  }

  /** When the latest value was taken, in nanoseconds since 1970. */
  get timeNs(): bigint {
    return this.#sources.reduce((last, { timeNs }) => (timeNs > last ? timeNs : last), 0n)
  }

  /** The exemplars of all sources. */
  get exemplars(): readonly Exemplar[] {
    const [first, ...others] = this.#sources
    if (!first) return []
    return others.length === 0
      ? first.exemplars
      : this.#sources.flatMap(({ exemplars }) => exemplars)
  }
}

function counts({ mode }: Source<unknown>): boolean {
  return mode === 'counter' || mode === 'delta'
}

/** A value without a time of its own is taken as it comes. */
function refusalOf(beforeNs: bigint, timeNs: bigint): Refusal | undefined {
  if (timeNs > beforeNs || timeNs === 0n) return undefined
  return timeNs === beforeNs ? 'duplicate' : 'out_of_order'
}
