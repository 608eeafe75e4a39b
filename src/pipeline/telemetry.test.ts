import { expect, it } from 'vitest'
import type { Settings } from '../component/settings.ts'
import { registerComponentMetrics } from '../telemetry/component_metrics.ts'
import { World } from './testing/world.ts'

const yaml = `
receivers: {a: }
processors: {step: }
exporters: {one: , two: }
service:
  pipelines:
    traces: {receivers: [a], processors: [step], exporters: [one, two]}
    logs: {receivers: [a], exporters: [two]}`

function world(step?: (settings: Settings) => void): World {
  return new World()
    .receiver('a', ['traces', 'logs'])
    .processor('step', ['traces>traces'], (settings) => {
      step?.(settings)
      return (source) => source
    })
    .exporter('one', ['traces'])
    .exporter('two', ['traces', 'logs'])
}

const facts = { name: 'waggle.test', description: '', unit: '1' }

it('gives each component a meter whose values carry its id and its pipeline', async () => {
  const made = world(({ meter }) => void meter.gauge(facts, (observe) => observe(3)))
  const graph = made.graph(yaml)
  await graph.start()
  const { metrics } = made.meters.collect()
  expect(metrics).toEqual([
    {
      facts,
      type: 'gauge',
      points: [{ attributes: { processor: 'step', pipeline: 'traces' }, value: 3 }],
    },
  ])
  await graph.shutdown()
})

it('ends what a component registered when the component has ended', async () => {
  const made = world(({ meter }) => void meter.gauge(facts, (observe) => observe(3)))
  const graph = made.graph(yaml)
  await graph.start()
  await graph.shutdown()
  expect(made.meters.collect().metrics).toEqual([])
})

it('knows of which kind the items of a component are', () => {
  const made = world()
  made.graph(yaml)
  const kinds = made.counters.all().map(({ component, kind }) => [component, kind])
  expect(kinds).toEqual([
    ['processor/step', 'traces'],
    ['exporter/one', 'traces'],
    ['exporter/two', undefined],
    ['receiver/a', undefined],
  ])
})

it('counts by kind what an exporter did not take', async () => {
  const made = world()
  const graph = made.graph(yaml)
  registerComponentMetrics(made.meters.meter(), made.counters)
  await graph.start()
  const two = made.exporters.get('two')!
  two.answer = async () => ({ kind: 'refused', reason: 'queue_full' })
  made.receivers.get('a')!.emit('logs', 4)
  made.receivers.get('a')!.emit('traces', 3)
  await graph.shutdown()
  const failed = made.meters
    .collect()
    .metrics.filter(({ facts: { name } }) => name.startsWith('otelcol_exporter_enqueue_failed_'))
    .map(({ facts: { name }, points }) => [name, points.filter(({ value }) => value > 0)])
  const attributes = { exporter: 'two' }
  expect(failed).toEqual([
    ['otelcol_exporter_enqueue_failed_spans', [{ attributes, value: 3 }]],
    ['otelcol_exporter_enqueue_failed_log_records', [{ attributes, value: 4 }]],
  ])
})

it('refuses what receivers bring while the limits say so, with their reason', async () => {
  const made = world()
  let reason: string | undefined
  made.limits = { govern: () => () => {}, refusal: () => reason }
  const graph = made.graph(yaml)
  await graph.start()
  const receiver = made.receivers.get('a')!
  receiver.emit('traces', 1)
  reason = 'memory_limit'
  receiver.emit('traces', 2)
  reason = undefined
  receiver.emit('traces', 4)
  await graph.shutdown()
  expect(made.exporters.get('one')!.items).toBe(5)
  const { dropped, refused, out, held } = made.counters.of('receiver/a')
  expect({ dropped: [...dropped], refused: [...refused], out, held }).toEqual({
    dropped: [['memory_limit', 2]],
    refused: [['memory_limit', 2]],
    out: 5,
    held: 0,
  })
})
