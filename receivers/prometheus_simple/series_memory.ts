import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Metric, MetricData } from '../../src/pdata/metrics.ts'
import type { Scope } from '../../src/pdata/resource.ts'

/** A metric without its data points. */
export interface MetricShape extends Pick<Metric, 'name' | 'description' | 'unit' | 'metadata'> {
  readonly type: MetricData['type']
  readonly monotonic: boolean
  readonly scope: Scope
}

/** What is known of one series from one scrape to the next. */
export interface Remembered {
  readonly shape: MetricShape
  readonly attributes: Attributes
  /** Nanoseconds since 1970: since when it counts. */
  startNs: bigint
  timeNs: bigint
  /** A counter's value, or the count of a histogram or summary. */
  value: number
  /** Of the last scrape that had it. */
  scrape: number
  /** Whether it was said that it has ended. */
  ended: boolean
}

/** What a scrape has of one series. */
export interface Seen {
  readonly key: string
  readonly shape: MetricShape
  readonly attributes: Attributes
  readonly timeNs: bigint
  readonly value: number
  /** Where the page says since when it counts. */
  readonly createdNs: bigint | undefined
}

/** The series of a target: since when they count, and which of them are there no more. */
export class SeriesMemory {
  readonly #series = new Map<string, Remembered>()
  #scrape = 0

  /** Begins a scrape. */
  begin(): void {
    this.#scrape++
  }

  /** Number of series that are known. */
  get size(): number {
    return this.#series.size
  }

  /** Number of series that the present scrape was the first to have. */
  added = 0

  /**
   * Notes a series; returns since when it counts. That is what the page says, else the first scrape
   * that had it; and where a count fell, the last scrape before.
   */
  see({ key, shape, attributes, timeNs, value, createdNs }: Seen): bigint {
    const known = this.#series.get(key)
    if (!known) {
      const startNs = createdNs ?? timeNs
      const scrape = this.#scrape
      this.#series.set(key, { shape, attributes, startNs, timeNs, value, scrape, ended: false })
      this.added++
      return startNs
    }
    if (createdNs !== undefined) known.startNs = createdNs
    else if (value < known.value) known.startNs = known.timeNs
    known.timeNs = timeNs
    known.value = value
    known.scrape = this.#scrape
    known.ended = false
    return known.startNs
  }

  /** Forgets the series that the present scrape did not have, and returns them. */
  gone(): Remembered[] {
    const gone: Remembered[] = []
    for (const [key, one] of this.#series) {
      if (one.scrape === this.#scrape) continue
      this.#series.delete(key)
      if (!one.ended) gone.push(one)
    }
    return gone
  }

  /** All series that have not ended yet, which now have; they are known still. */
  endAll(): Remembered[] {
    const ended = [...this.#series.values()].filter((one) => !one.ended)
    for (const one of ended) one.ended = true
    return ended
  }
}
