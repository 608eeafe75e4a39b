import { expect, it } from 'vitest'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import type { MetricLevel } from '../telemetry/meter.ts'
import { settled } from './fixtures.ts'
import { queueOf, request } from './sending_fixtures.ts'

/** A queue that is observed, and what is told of it: name, attributes, value. */
function observed(queue: object, level: MetricLevel = 'normal') {
  const registry = new MetricRegistry(level)
  const given = queueOf({ queue, meter: registry.meter({ exporter: 'test' }) })
  const rows = (): unknown[] =>
    registry
      .collect()
      .metrics.map(({ facts, points: [point] }) => [facts.name, point!.attributes, point!.value])
  return { ...given, registry, rows }
}

const attributes = { exporter: 'test', data_type: 'traces' }

it('tells how full a queue is, what it can hold and what is being sent, once it was used', async () => {
  const { sending, calls, rows } = observed({ queue_size: 100, sizer: 'items' })
  expect(rows()).toEqual([])
  await sending.offer([request('abc', 5), request('abc', 5)])
  expect(rows()).toEqual([
    ['otelcol_exporter_queue_size', attributes, 10],
    ['otelcol_exporter_queue_capacity', attributes, 100],
    ['otelcol_exporter_in_flight_requests', attributes, 2],
  ])
  await settled()
  await calls[0]?.answer({ kind: 'sent' })
  expect(rows()).toEqual([
    ['otelcol_exporter_queue_size', attributes, 5],
    ['otelcol_exporter_queue_capacity', attributes, 100],
    ['otelcol_exporter_in_flight_requests', attributes, 1],
  ])
  await calls[1]?.answer({ kind: 'sent' })
  await sending.shutdown()
  expect(rows()).toEqual([])
})

it('tells nothing of a queue that is turned off', async () => {
  const { sending, calls, rows } = observed({ enabled: false })
  const offered = sending.offer([request('abc', 5)])
  await settled()
  await calls[0]?.answer({ kind: 'sent' })
  await offered
  expect(rows()).toEqual([])
})

it('tells at level detailed how large the requests are', async () => {
  const { sending, registry } = observed({}, 'detailed')
  await sending.offer([request('x'.repeat(5_000), 20), request('abc', 700)])
  const name = 'otelcol_exporter_queue_batch_send_size'
  const told = registry.collect().metrics.filter(({ facts }) => facts.name.startsWith(name))
  const sizes = told.map(({ points }) => {
    const { count, sum, bounds, counts } = points[0]!.distribution!
    return { count, sum, in: bounds.filter((_, i) => counts[i]! > 0) }
  })
  expect(told.map(({ facts }) => facts.name)).toEqual([name, `${name}_bytes`])
  expect(sizes).toEqual([
    { count: 2, sum: 720, in: [25, 750] },
    { count: 2, sum: 5_003, in: [1_024, 16_384] },
  ])
})
