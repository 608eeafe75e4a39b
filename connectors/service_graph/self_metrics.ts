import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'

/** Why an edge was given up. */
export const EXPIRED = ['no_server', 'no_client', 'shutdown'] as const
/** Why spans were passed over. */
export const IGNORED = ['no_service_name', 'kind'] as const

/** What a graph knows of itself. */
export interface Account {
  /** Spans that wait, and series, now. */
  readonly waiting: number
  readonly series: number
  /** Edges so far of which one end came. */
  readonly edges: number
  readonly expired: Readonly<Record<(typeof EXPIRED)[number], number>>
  /** Spans so far for which there was no room to wait. */
  readonly dropped: number
  readonly overflowed: number
  readonly ignored: Readonly<Record<(typeof IGNORED)[number], number>>
  /** Spans so far that ended before they began. */
  readonly reversed: number
}

const EDGES: MetricFacts = {
  name: 'otelcol_connector_servicegraph_total_edges',
  description: 'Edges of which one end came.',
  unit: '1',
}
const EXPIRED_EDGES: MetricFacts = {
  name: 'otelcol_connector_servicegraph_expired_edges',
  description: 'Edges of which the other end did not come in time, by reason.',
  unit: '1',
}
const DROPPED: MetricFacts = {
  name: 'otelcol_connector_servicegraph_dropped_spans',
  description: 'Spans that could not wait for the other end, by reason.',
  unit: '1',
}
const WAITING: MetricFacts = {
  name: 'waggle.service_graph.waiting',
  description: 'Spans that wait for the other end of their edge.',
  unit: '{span}',
}
const SERIES: MetricFacts = {
  name: 'waggle.service_graph.series',
  description: 'Sets of attributes whose requests are counted.',
  unit: '{series}',
}
const OVERFLOWED: MetricFacts = {
  name: 'waggle.service_graph.overflowed',
  description: 'Requests that were counted in the series for those that are too many.',
  unit: '{request}',
}
const IGNORED_SPANS: MetricFacts = {
  name: 'waggle.service_graph.ignored',
  description: 'Spans that are no end of an edge, by reason.',
  unit: '{span}',
}
const REVERSED: MetricFacts = {
  name: 'waggle.service_graph.reversed',
  description: 'Spans that ended before they began, counted with a duration of 0.',
  unit: '{span}',
}

/** Registers what a graph knows of itself; returns what ends it. */
export function registerAccount(meter: Meter, read: () => Account): () => void {
  const ends = [
    meter.counter(EDGES, (observe) => observe(read().edges)),
    meter.counter(EXPIRED_EDGES, (observe) => {
      for (const reason of EXPIRED) observe(read().expired[reason], { reason })
    }),
    meter.counter(DROPPED, (observe) => observe(read().dropped, { reason: 'store_full' })),
    meter.gauge(WAITING, (observe) => observe(read().waiting)),
    meter.gauge(SERIES, (observe) => observe(read().series)),
    meter.counter(OVERFLOWED, (observe) => observe(read().overflowed)),
    meter.counter(IGNORED_SPANS, (observe) => {
      for (const reason of IGNORED) observe(read().ignored[reason], { reason })
    }),
    meter.counter(REVERSED, (observe) => observe(read().reversed)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
