import { expect, it } from 'vitest'
import { lifecycleTest } from '../../src/component/lifecycle_test.ts'
import type { Kind } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { World } from '../../src/pipeline/testing/world.ts'
import { ForwardConnector } from './connector.ts'
import { forward } from './index.ts'

lifecycleTest(forward)

const KINDS = ['traces', 'metrics', 'logs'] as const

/** A source and a sink of every kind, and the connector with the conversions that it declares. */
function world(): World {
  const turns = forward.role === 'connector' ? forward.conversions : []
  return new World()
    .receiver('source', KINDS)
    .exporter('sink', KINDS)
    .connector(
      'forward',
      turns.map(({ from, to }) => `${from}>${to}`),
      () => new ForwardConnector().operator,
    )
}

/** Lets promises that are settled run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it.each(KINDS)('hands %s as they are to every pipeline that begins with it', async (kind: Kind) => {
  const joined = world()
  const graph = joined.graph(`
receivers: {source: }
connectors: {forward: }
exporters: {sink: , sink/b: }
service:
  pipelines:
    ${kind}/in: {receivers: [source], exporters: [forward]}
    ${kind}/a: {receivers: [forward], exporters: [sink]}
    ${kind}/b: {receivers: [forward], exporters: [sink/b]}`)
  await graph.start()
  const batch = joined.receivers.get('source')!.emit(kind, 3)
  expect(joined.exporters.get('sink')!.batches).toEqual([batch])
  expect(joined.exporters.get('sink')!.batches[0]).toBe(batch)
  expect(joined.exporters.get('sink/b')!.batches[0]).toBe(batch)
  await settle()
  const { in: seen, out, dropped } = joined.counters.of('connector/forward')
  expect({ seen, out, dropped: [...dropped] }).toEqual({ seen: 3, out: 3, dropped: [] })
})

it('takes what several pipelines end in', async () => {
  const joined = world()
  const graph = joined.graph(`
receivers: {source: , source/b: }
connectors: {forward: }
exporters: {sink: }
service:
  pipelines:
    traces/a: {receivers: [source], exporters: [forward]}
    traces/b: {receivers: [source/b], exporters: [forward]}
    traces/out: {receivers: [forward], exporters: [sink]}`)
  await graph.start()
  const first = joined.receivers.get('source')!.emit('traces', 1)
  const second = joined.receivers.get('source/b')!.emit('traces', 2)
  expect(joined.exporters.get('sink')!.batches).toEqual([first, second])
})

it('keeps kinds apart where it joins several', async () => {
  const joined = world()
  const graph = joined.graph(`
receivers: {source: }
connectors: {forward: }
exporters: {sink: , sink/b: }
service:
  pipelines:
    traces/in: {receivers: [source], exporters: [forward]}
    metrics/in: {receivers: [source], exporters: [forward]}
    traces/out: {receivers: [forward], exporters: [sink]}
    metrics/out: {receivers: [forward], exporters: [sink/b]}`)
  await graph.start()
  const traces = joined.receivers.get('source')!.emit('traces', 1)
  const metrics = joined.receivers.get('source')!.emit('metrics', 1)
  expect(joined.exporters.get('sink')!.batches).toEqual([traces])
  expect(joined.exporters.get('sink/b')!.batches).toEqual([metrics])
})

it('tells the receiver what became of a batch behind it', async () => {
  const joined = world()
  const graph = joined.graph(`
receivers: {source: }
connectors: {forward: }
exporters: {sink: , sink/b: }
service:
  pipelines:
    traces/all: {receivers: [source], exporters: [sink, forward]}
    traces/sampled: {receivers: [forward], exporters: [sink/b]}`)
  await graph.start()
  const full: Outcome = { kind: 'refused', reason: 'queue_full' }
  joined.exporters.get('sink/b')!.answer = async () => full
  const source = joined.receivers.get('source')!
  source.emit('traces', 2)
  await settle()
  expect(source.outcomes).toEqual([full])
})

it('does not turn one kind into another', () => {
  expect(
    world().problems(`
receivers: {source: }
connectors: {forward: }
exporters: {sink: }
service:
  pipelines:
    traces: {receivers: [source], exporters: [forward]}
    metrics: {receivers: [forward], exporters: [sink]}`),
  ).toEqual([
    'w.yaml:7:47: service.pipelines.traces.exporters[0]: connector "forward" turns traces into traces, but no pipeline that has it as receiver carries that',
    'w.yaml:8:27: service.pipelines.metrics.receivers[0]: connector "forward" turns traces into traces, but this pipeline carries metrics',
  ])
})
