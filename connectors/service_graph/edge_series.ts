import type { ByteRow } from '../../src/helpers/byte_table.ts'
import type { Exemplars } from '../../src/helpers/exemplars.ts'
import type { ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import type { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Edge } from './edge.ts'

/** Durations at one end. */
export interface Durations {
  readonly histogram: ExplicitHistogram | ExponentialHistogram
  readonly exemplars: Exemplars
}

/** Requests of the same attributes. */
export class EdgeSeries implements ByteRow<EdgeSeries> {
  readonly hash: number
  readonly attributes: Attributes
  /** Nanoseconds since 1970: since when it counts. */
  readonly startNs: bigint
  readonly client: Durations
  readonly server: Durations
  requests = 0
  failed = 0
  /** When there was a request last, in milliseconds since 1970. */
  usedMs = 0
  /** How many requests its last data point said. */
  told = 0
  /** What is left of weights that are no whole numbers. */
  #rest: number
  next: EdgeSeries | undefined
  keyAt = 0
  keySize = 0

  /** @param rest any share at first, so that sums come out right */
  constructor(
    hash: number,
    attributes: Attributes,
    startNs: bigint,
    [client, server]: readonly [Durations, Durations],
    rest: number,
  ) {
    this.hash = hash
    this.attributes = attributes
    this.startNs = startNs
    this.client = client
    this.server = server
    this.#rest = rest
  }

  /** Counts a request; returns how many it stands for. */
  count(edge: Edge, nowMs: number): number {
    this.usedMs = nowMs
    const whole = edge.weight === 1 ? 1 : this.#wholeOf(edge.weight)
    this.requests += whole
    if (edge.failed) this.failed += whole
    return whole
  }

  #wholeOf(weight: number): number {
    const all = weight + this.#rest
    const whole = Math.floor(all)
    this.#rest = all - whole
    return whole
  }
}
