import { expect, it } from 'vitest'
import { registerComponentMetrics } from './component_metrics.ts'
import { Counters } from './counters.ts'
import { MetricRegistry } from './metric_registry.ts'

/** Every series that is not zero: name, attributes, value. */
function rows(counters: Counters): unknown[] {
  return allRows(counters).filter(([, , value]) => value !== 0)
}

function allRows(counters: Counters): [string, object, number][] {
  const registry = new MetricRegistry('normal')
  registerComponentMetrics(registry.meter(), counters)
  return registry
    .collect()
    .metrics.flatMap(({ facts, points }) =>
      points.map(({ attributes, value }): [string, object, number] => [
        facts.name,
        attributes,
        value,
      ]),
    )
}

it('tells apart what the pipelines refused of a receiver and what it lost itself', () => {
  const counters = new Counters()
  const receiver = counters.of('receiver/otlp/in', '', 'traces')
  receiver.countIn(20)
  receiver.countOut(10)
  receiver.drop('ring_full', 3)
  receiver.drop('queue_full', 4)
  receiver.refuse('queue_full', 4)
  const component = 'receiver/otlp/in'
  expect(rows(counters)).toEqual([
    ['otelcol_receiver_accepted_spans', { receiver: 'otlp/in' }, 10],
    ['otelcol_receiver_refused_spans', { receiver: 'otlp/in' }, 4],
    ['otelcol_receiver_failed_spans', { receiver: 'otlp/in' }, 3],
    ['waggle.component.dropped', { component, reason: 'ring_full' }, 3],
    ['waggle.component.dropped', { component, reason: 'queue_full' }, 4],
    ['waggle.component.held', { component }, 3],
  ])
})

it('tells by which transport a receiver got its items', () => {
  const counters = new Counters()
  const receiver = counters.of('receiver/otlp').instance()
  receiver.of('traces', 'grpc').countIn(5)
  receiver.of('traces', 'grpc').countOut(5)
  receiver.of('traces', 'http').countIn(2)
  receiver.of('traces', 'http').countOut(2)
  receiver.of('logs', 'http').countIn(4)
  receiver.of('logs', 'http').drop('queue_full', 4)
  receiver.of('logs', 'http').refuse('queue_full', 4)
  expect(receiver.in).toBe(11)
  expect(rows(counters)).toEqual([
    ['otelcol_receiver_accepted_spans', { receiver: 'otlp', transport: 'grpc' }, 5],
    ['otelcol_receiver_accepted_spans', { receiver: 'otlp', transport: 'http' }, 2],
    ['otelcol_receiver_refused_log_records', { receiver: 'otlp', transport: 'http' }, 4],
    ['waggle.component.dropped', { component: 'receiver/otlp', reason: 'queue_full' }, 4],
  ])
})

it('tells what an exporter sent, could not send and did not take', () => {
  const counters = new Counters()
  const exporter = counters.of('exporter/otlp_grpc', '', 'logs')
  exporter.countIn(10)
  exporter.countOut(6)
  exporter.drop('retries_exhausted', 4)
  exporter.refuse('queue_full', 5)
  exporter.refuse('rejected', 1)
  const of = { exporter: 'otlp_grpc' }
  const component = 'exporter/otlp_grpc'
  expect(rows(counters)).toEqual([
    ['otelcol_exporter_sent_log_records', of, 6],
    ['otelcol_exporter_send_failed_log_records', of, 5],
    ['otelcol_exporter_enqueue_failed_log_records', of, 5],
    ['waggle.component.dropped', { component, reason: 'retries_exhausted' }, 4],
  ])
})

it('names the items of each kind that a component has', () => {
  const counters = new Counters()
  const exporter = counters.of('exporter/file')
  exporter.of('observations')
  for (const [kind, items] of [
    ['traces', 3],
    ['metrics', 4],
  ] as const) {
    exporter.of(kind).countIn(items)
    exporter.of(kind).countOut(items)
  }
  exporter.countIn(2)
  exporter.countOut(2)
  expect(exporter.out).toBe(9)
  expect(rows(counters)).toEqual([
    ['otelcol_exporter_sent_spans', { exporter: 'file' }, 3],
    ['otelcol_exporter_sent_metric_points', { exporter: 'file' }, 4],
    ['otelcol_exporter_sent_items', { exporter: 'file' }, 2],
  ])
})

it('tells zeros from the beginning where the kind is known', () => {
  const counters = new Counters()
  counters.of('exporter/otlp_grpc', '', 'traces').of('logs')
  counters.of('exporter/file')
  expect(allRows(counters)).toEqual([
    ['otelcol_exporter_sent_spans', { exporter: 'otlp_grpc' }, 0],
    ['otelcol_exporter_send_failed_spans', { exporter: 'otlp_grpc' }, 0],
    ['otelcol_exporter_enqueue_failed_spans', { exporter: 'otlp_grpc' }, 0],
  ])
})

it('tells what went through processors, by pipeline, and through connectors', () => {
  const counters = new Counters()
  const batch = counters.of('processor/batch', 'traces/all', 'traces')
  batch.countIn(9)
  batch.countOut(7)
  batch.drop('stopped', 1)
  const forward = counters.of('connector/forward')
  forward.countIn(4)
  forward.countOut(3)
  const place = { processor: 'batch', 'otel.signal': 'traces', pipeline: 'traces/all' }
  const component = 'processor/batch'
  const pipeline = 'traces/all'
  expect(rows(counters)).toEqual([
    ['otelcol_processor_incoming_items', place, 9],
    ['otelcol_processor_outgoing_items', place, 7],
    ['otelcol_connector_consumed_items', { connector: 'forward' }, 4],
    ['otelcol_connector_produced_items', { connector: 'forward' }, 3],
    ['waggle.component.dropped', { component, pipeline, reason: 'stopped' }, 1],
    ['waggle.component.held', { component, pipeline }, 1],
    ['waggle.component.held', { component: 'connector/forward' }, 1],
  ])
})

it('tells what an aggregating component made, and what of that nobody took', () => {
  const counters = new Counters()
  const requests = counters.of('connector/request_metrics')
  requests.countIn(100)
  requests.countOut(98)
  requests.drop('not_http', 2)
  requests.countMade(7)
  requests.refuse('queue_full', 3)
  const of = { connector: 'request_metrics' }
  const component = 'connector/request_metrics'
  expect(rows(counters)).toEqual([
    ['otelcol_connector_consumed_items', of, 100],
    ['otelcol_connector_produced_items', of, 7],
    ['waggle.component.dropped', { component, reason: 'not_http' }, 2],
    ['waggle.component.dropped', { component, reason: 'queue_full' }, 3],
  ])
})
