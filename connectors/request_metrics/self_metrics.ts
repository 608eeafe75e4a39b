import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'

/** What an aggregator knows of itself. */
export interface Account {
  /** Resources, and series of all of them, that are kept now. */
  readonly resources: number
  readonly series: number
  /** Requests so far that went to the series for those that are too many. */
  readonly overflowed: number
  /** Spans so far that are no HTTP requests. */
  readonly ignored: number
}

const RESOURCES: MetricFacts = {
  name: 'waggle.request_metrics.resources',
  description: 'Resources whose requests are counted.',
  unit: '{resource}',
}
const SERIES: MetricFacts = {
  name: 'waggle.request_metrics.series',
  description: 'Sets of attributes whose requests are counted.',
  unit: '{series}',
}
const OVERFLOWED: MetricFacts = {
  name: 'waggle.request_metrics.overflowed',
  description: 'Requests that were counted in the series for those that are too many.',
  unit: '{span}',
}
const IGNORED: MetricFacts = {
  name: 'waggle.request_metrics.ignored',
  description: 'Spans that were passed over because they are no HTTP requests that have ended.',
  unit: '{span}',
}

/** Registers what an aggregator knows of itself; returns what ends it. */
export function registerAccount(meter: Meter, read: () => Account): () => void {
  const ends = [
    meter.gauge(RESOURCES, (observe) => observe(read().resources)),
    meter.gauge(SERIES, (observe) => observe(read().series)),
    meter.counter(OVERFLOWED, (observe) => observe(read().overflowed)),
    meter.counter(IGNORED, (observe) => observe(read().ignored)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
