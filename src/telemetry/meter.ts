/** `service.telemetry.metrics.level`, the fewest first. */
export const METRIC_LEVELS = ['none', 'basic', 'normal', 'detailed'] as const

/** How many metrics the agent keeps about itself. */
export type MetricLevel = (typeof METRIC_LEVELS)[number]

/** What a metric is, the same wherever it is registered. */
export interface MetricFacts {
  /** The Collector's name as it stands, `otelcol_exporter_queue_size`, or ours, `waggle.…`. */
  readonly name: string
  readonly description: string
  /** UCUM: `s`, `By`, `{span}`. */
  readonly unit: string
  /** The least level at which it is kept; `normal` unless given. */
  readonly level?: Exclude<MetricLevel, 'none'>
}

/** Tells apart the series of a metric. */
export type MetricAttributes = Readonly<Record<string, string>>

/** Takes one value of a metric; one value for each set of attributes. */
export type Observe = (value: number, attributes?: MetricAttributes) => void

/** How values are distributed, since they began to be counted. */
export interface Distribution {
  readonly count: number
  readonly sum: number
  /** Upper bounds, inclusive, ascending; the last bucket has none. */
  readonly bounds: readonly number[]
  /** Values of each bucket alone; one more than there are bounds. */
  readonly counts: readonly number[]
}

/** Takes one distribution of a metric; one for each set of attributes. */
export type ObserveDistribution = (
  distribution: Distribution,
  attributes?: MetricAttributes,
) => void

/** Tells the distributions as they stand. */
export type ReadDistributions = (observe: ObserveDistribution) => void

/** Tells the values as they stand. What it does not tell is not there. Runs at each collection. */
export type Read = (observe: Observe) => void

/**
 * Where a component registers what it can tell of itself beside its counters. Nothing is done when
 * something is counted: values are read when somebody collects them. All that a component registers
 * carries its id as an attribute, and ends with the component.
 */
export interface Meter {
  /** The level that is configured: at `detailed` values may be told more finely. */
  readonly level: MetricLevel
  /** Registers a count that only grows; returns what ends it. */
  counter(facts: MetricFacts, read: Read): () => void
  /** Registers a value that rises and falls; returns what ends it. */
  gauge(facts: MetricFacts, read: Read): () => void
  /** Registers how values are distributed; returns what ends it. */
  histogram(facts: MetricFacts, read: ReadDistributions): () => void
}

/** A meter of which whoever made it ends all that was registered. */
export interface OwnedMeter extends Meter {
  /** Ends everything; may be repeated. */
  close(): void
}

/** Makes meters whose values carry `attributes`. */
export interface Meters {
  meter(attributes: MetricAttributes): OwnedMeter
}

const nothing = (): void => {}

/** The meter of an agent that keeps no metrics. */
export const NO_METER: OwnedMeter = {
  level: 'none',
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
  close: nothing,
}

/** The meters of an agent that keeps no metrics. */
export const NO_METERS: Meters = { meter: () => NO_METER }
