import { expect, it } from 'vitest'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { settingsOf, settled } from './fixtures.ts'
import type { SendResult } from './send_result.ts'
import { retryConfig, sendingQueueConfig } from './sending_config.ts'
import { SendingQueue } from './sending_queue.ts'

/** A queue that is observed, and what is told of it: name, attributes, value. */
function observed(queue: object) {
  const registry = new MetricRegistry('normal')
  const { settings } = settingsOf('test')
  const answers: ((result: SendResult) => void)[] = []
  const sending = new SendingQueue({
    queue: sendingQueueConfig.parse(queue),
    retry: retryConfig.parse({}),
    timeoutMs: 5_000,
    send: () => new Promise((resolve) => answers.push(resolve)),
    log: settings.log,
    counters: settings.counters,
    observed: { meter: registry.meter({ exporter: 'test' }), kind: 'traces' },
  })
  const rows = (): unknown[] =>
    registry
      .collect()
      .metrics.map(({ facts, points: [point] }) => [facts.name, point!.attributes, point!.value])
  return { sending, answers, rows }
}

const attributes = { exporter: 'test', data_type: 'traces' }
const request = { body: Buffer.from('abc'), items: 5 }

it('tells how full a queue is and what it can hold, once it was used', async () => {
  const { sending, answers, rows } = observed({ queue_size: 100, sizer: 'items' })
  expect(rows()).toEqual([])
  await sending.offer([request, request])
  expect(rows()).toEqual([
    ['otelcol_exporter_queue_size', attributes, 10],
    ['otelcol_exporter_queue_capacity', attributes, 100],
  ])
  await settled()
  answers[0]!({ kind: 'sent' })
  await settled()
  expect(rows()).toEqual([
    ['otelcol_exporter_queue_size', attributes, 5],
    ['otelcol_exporter_queue_capacity', attributes, 100],
  ])
  answers[1]!({ kind: 'sent' })
  await sending.shutdown()
})

it('tells nothing of a queue that is turned off', async () => {
  const { sending, answers, rows } = observed({ enabled: false })
  const offered = sending.offer([request])
  await settled()
  answers[0]!({ kind: 'sent' })
  await offered
  expect(rows()).toEqual([])
})
