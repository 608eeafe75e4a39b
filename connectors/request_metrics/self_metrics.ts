import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'
import { type InFlight, MISSED } from './in_flight.ts'

/** What an aggregator knows of itself. */
export interface Account {
  /** Resources, and series of all of them, that are kept now. */
  readonly resources: number
  readonly series: number
  /** Requests so far that went to the series for those that are too many. */
  readonly overflowed: number
  /** Spans so far that are no HTTP requests. */
  readonly ignored: number
  /** Requests in flight; undefined where they are not counted. */
  readonly inFlight: Pick<InFlight, 'open' | 'missed'> | undefined
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

const OPEN: MetricFacts = {
  name: 'waggle.request_metrics.open',
  description: 'Exchanges that were told of as open and have not ended.',
  unit: '{request}',
}
const MISSING: MetricFacts = {
  name: 'waggle.request_metrics.active_requests.missed',
  description: 'Requests of which it was not known in time that they were in flight, by reason.',
  unit: '{request}',
}

/** Registers what an aggregator knows of itself; returns what ends it. */
export function registerAccount(meter: Meter, read: () => Account): () => void {
  const ends = [
    meter.gauge(RESOURCES, (observe) => observe(read().resources)),
    meter.gauge(SERIES, (observe) => observe(read().series)),
    meter.counter(OVERFLOWED, (observe) => observe(read().overflowed)),
    meter.counter(IGNORED, (observe) => observe(read().ignored)),
    meter.gauge(OPEN, (observe) => {
      const { inFlight } = read()
      if (inFlight !== undefined) observe(inFlight.open)
    }),
    meter.counter(MISSING, (observe) => {
      const { inFlight } = read()
      if (inFlight === undefined) return
      for (const reason of MISSED) observe(inFlight.missed[reason], { reason })
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
