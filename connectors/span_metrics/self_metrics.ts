import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'

/** What an aggregator knows of itself. */
export interface Account {
  /** Resources, and series of all of them, that are kept now. */
  readonly resources: number
  readonly series: number
  /** Resources so far that made room for others. */
  readonly evicted: number
  /** Spans so far of resources without a service. */
  readonly ignored: number
  /** Spans so far that ended before they began. */
  readonly reversed: number
  /** Spans and events so far that went to the series for those that are too many, by metric. */
  readonly calls: number
  readonly duration: number
  readonly events: number
}

const RESOURCES: MetricFacts = {
  name: 'waggle.span_metrics.resources',
  description: 'Resources whose spans are counted.',
  unit: '{resource}',
}
const SERIES: MetricFacts = {
  name: 'waggle.span_metrics.series',
  description: 'Sets of attributes whose spans are counted.',
  unit: '{series}',
}
const EVICTED: MetricFacts = {
  name: 'waggle.span_metrics.evicted',
  description: 'Resources that were handed on and forgotten to make room for others.',
  unit: '{resource}',
}
const OVERFLOWED: MetricFacts = {
  name: 'waggle.span_metrics.overflowed',
  description: 'Spans or events counted in the series for those that are too many, by metric.',
  unit: '{item}',
}
const IGNORED: MetricFacts = {
  name: 'waggle.span_metrics.ignored',
  description: 'Spans that were passed over, by reason.',
  unit: '{span}',
}
const REVERSED: MetricFacts = {
  name: 'waggle.span_metrics.reversed',
  description: 'Spans that ended before they began, counted with a duration of 0.',
  unit: '{span}',
}

/** Registers what an aggregator knows of itself; returns what ends it. */
export function registerAccount(meter: Meter, read: () => Account): () => void {
  const ends = [
    meter.gauge(RESOURCES, (observe) => observe(read().resources)),
    meter.gauge(SERIES, (observe) => observe(read().series)),
    meter.counter(EVICTED, (observe) => observe(read().evicted)),
    meter.counter(OVERFLOWED, (observe) => {
      const { calls, duration, events } = read()
      observe(calls, { metric: 'calls' })
      observe(duration, { metric: 'duration' })
      observe(events, { metric: 'events' })
    }),
    meter.counter(IGNORED, (observe) => observe(read().ignored, { reason: 'no_service_name' })),
    meter.counter(REVERSED, (observe) => observe(read().reversed)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
