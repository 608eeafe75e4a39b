import type { Clock } from '../../src/helpers/clock.ts'
import type { Point } from '../../src/pdata/metrics.ts'
import type { CumulativeToDeltaConfig } from './config.ts'

/** A series: the point that came last, and when it came. */
export interface Stream {
  point: Point
  seenMs: number
}

const NOTHING = {}
const NO_EXEMPLARS: Point['exemplars'] = []

/** The series that are remembered, by metric and by attributes. */
export class Streams {
  readonly #clock: Clock
  readonly #maxStaleness: number
  readonly #max: number
  readonly #byMetric = new Map<string, Map<string, Stream>>()
  #count = 0
  #sweptMs: number

  constructor({ max_staleness, max_streams }: CumulativeToDeltaConfig, clock: Clock) {
    this.#clock = clock
    this.#maxStaleness = max_staleness
    this.#max = max_streams
    this.#sweptMs = clock.now()
  }

  /** How many series are remembered. */
  get count(): number {
    return this.#count
  }

  /** The series; undefined for one that is new, or was not seen for too long. */
  get(metric: string, attributes: string): Stream | undefined {
    const stream = this.#byMetric.get(metric)?.get(attributes)
    return stream && !this.#isStale(stream) ? stream : undefined
  }

  /** Remembers a point of a series; false where there are too many series. */
  keep(metric: string, attributes: string, given: Point): boolean {
    // What the next point is not compared with takes no memory until then.
    const point = { ...given, attributes: NOTHING, exemplars: NO_EXEMPLARS }
    const seenMs = this.#clock.now()
    let streams = this.#byMetric.get(metric)
    const stream = streams?.get(attributes)
    if (stream) {
      stream.point = point
      stream.seenMs = seenMs
      return true
    }
    if (this.#max > 0 && this.#count >= this.#max) return false
    if (!streams) this.#byMetric.set(metric, (streams = new Map()))
    streams.set(attributes, { point, seenMs })
    this.#count++
    return true
  }

  /** Forgets what was not seen for too long; looks at all of them once in that time. */
  sweep(): void {
    const now = this.#clock.now()
    if (this.#maxStaleness === 0 || now - this.#sweptMs < this.#maxStaleness) return
    this.#sweptMs = now
    for (const [metric, streams] of this.#byMetric) {
      for (const [attributes, stream] of streams) {
        if (!this.#isStale(stream)) continue
        streams.delete(attributes)
        this.#count--
      }
      if (streams.size === 0) this.#byMetric.delete(metric)
    }
  }

  #isStale({ seenMs }: Stream): boolean {
    return this.#maxStaleness > 0 && this.#clock.now() - seenMs > this.#maxStaleness
  }
}
