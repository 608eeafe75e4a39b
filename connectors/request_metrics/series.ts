import type { Attributes } from '../../src/pdata/attributes.ts'
import type { ActiveSeries } from './active_requests.ts'
import type { Values } from './dimensions.ts'
import type { Exemplars } from '../../src/helpers/exemplars.ts'
import type { ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import type { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'

/** OpenTelemetry SDK specification, cardinality limits. */
export const OVERFLOW: Attributes = { 'otel.metric.overflow': true }

/** Counts values of one measure. */
export interface Tally {
  readonly histogram: ExplicitHistogram | ExponentialHistogram
  readonly exemplars: Exemplars
}

/** What is counted of the exchanges that have the same attributes. */
export class Series {
  readonly hash: number
  readonly values: Values
  readonly attributes: Attributes
  /** Nanoseconds since 1970: since when it counts. */
  startNs: bigint
  /** True when something was counted since the last flush. */
  touched = false
  /** The last flush, in milliseconds since 1970, at which something had been counted. */
  usedMs = 0
  /** Undefined where the metric is switched off. */
  readonly duration: Tally | undefined
  readonly requestBody: Tally | undefined
  readonly responseBody: Tally | undefined
  /** Those in flight with the same attributes, kept while this is in use. */
  active: ActiveSeries | undefined
  /** The next one of the same place in the table. */
  next: Series | undefined

  constructor(
    hash: number,
    values: Values,
    attributes: Attributes,
    startNs: bigint,
    tallies: {
      readonly duration: Tally | undefined
      readonly requestBody: Tally | undefined
      readonly responseBody: Tally | undefined
    },
  ) {
    this.hash = hash
    this.values = values
    this.attributes = attributes
    this.startNs = startNs
    this.duration = tallies.duration
    this.requestBody = tallies.requestBody
    this.responseBody = tallies.responseBody
  }
}
