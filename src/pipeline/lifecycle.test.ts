import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { concatMap, concat, defer, EMPTY, of } from 'rxjs'
import { describeError, UnsupportedError } from '../component/errors.ts'
import type { Batch } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import { World } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const yaml = `
receivers: {source: }
processors: {hold: }
connectors: {join: }
exporters: {sink: }
extensions: {health: }
service:
  extensions: [health]
  pipelines:
    traces: {receivers: [source], processors: [hold], exporters: [join]}
    traces/two: {receivers: [join], exporters: [sink]}`

/** A processor `hold` that hands nothing on before its source has completed. */
function world(): World {
  return new World()
    .receiver('source', ['traces'])
    .connector('join', ['traces>traces'])
    .exporter('sink', ['traces'])
    .extension('health')
    .processor('hold', ['traces>traces'], () => (source) => {
      const held: Batch[] = []
      const holding = source.pipe(
        concatMap((batch) => {
          held.push(batch)
          return EMPTY
        }),
      )
      return concat(
        holding,
        defer(() => of(...held)),
      )
    })
}

const started = [
  'start extension/health',
  'start exporter/sink',
  'start connector/join',
  'start processor/hold',
  'start receiver/source',
]
const shutDown = [
  'shut down receiver/source',
  'shut down processor/hold',
  'shut down connector/join',
  'shut down exporter/sink',
  'shut down extension/health',
]

it('starts from the ends of the pipelines and shuts down from their beginnings', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  expect(here.events).toEqual(started)
  await graph.shutdown()
  expect(here.events).toEqual([...started, ...shutDown])
  expect(here.logged).toEqual([])
})

it('carries what processors hold to the exporters before these shut down', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  const source = here.receivers.get('source')!
  const sink = here.exporters.get('sink')!
  source.emit('traces', 3)
  here.shutdowns.set('exporter/sink', async () => void here.events.push(`with ${sink.items} items`))
  await graph.shutdown()
  expect(here.events.slice(-3)).toEqual([
    'shut down exporter/sink',
    'with 3 items',
    'shut down extension/health',
  ])
  expect(source.outcomes).toEqual([{ kind: 'accepted' }])
})

it('waits for the answers of exporters before the extensions shut down', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  const answer = Promise.withResolvers<Outcome>()
  here.exporters.get('sink')!.answer = () => answer.promise
  here.receivers.get('source')!.emit('traces', 3)
  const done = graph.shutdown()
  await vi.advanceTimersByTimeAsync(14_000)
  expect(here.events.at(-1)).toBe('shut down exporter/sink')
  answer.resolve({ kind: 'accepted' })
  await done
  expect(here.events.at(-1)).toBe('shut down extension/health')
  expect(here.logged).toEqual([])
})

it('settles what an exporter never answers for, so that its sender counts it', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  const answer = Promise.withResolvers<Outcome>()
  here.exporters.get('sink')!.answer = () => answer.promise
  const source = here.receivers.get('source')!
  source.emit('traces', 3)
  const done = graph.shutdown()
  await vi.advanceTimersByTimeAsync(15_000)
  await done
  expect(source.outcomes).toEqual([{ kind: 'rejected', reason: 'not_drained' }])
  expect(here.counters.of('receiver/source').dropped).toEqual(new Map([['not_drained', 3]]))
  answer.resolve({ kind: 'accepted' })
  await vi.advanceTimersByTimeAsync(0)
  expect(source.outcomes).toHaveLength(1)
  expect(here.logged).toEqual([
    'error: exporter/sink: Exporter did not answer for its last batches, they count as lost. (3)',
  ])
})

it('counts what an exporter took over and neither sent nor gave up', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  here.exporters.get('sink')?.takeOver(7)
  await graph.shutdown()
  expect(here.counters.of('exporter/sink').dropped).toEqual(new Map([['not_drained', 7]]))
  expect(here.logged).toEqual([
    'error: exporter/sink: Exporter ended with items that it had not sent, they are lost. (7)',
  ])
})

it('shuts down what was started when one component does not start', async () => {
  const here = world()
  here.starts.set('processor/hold', async () => {
    throw new Error('attach probe', {
      cause: new UnsupportedError('no BTF', 'Use a newer kernel.'),
    })
  })
  const graph = here.graph(yaml)
  const error = await graph.start().catch((reason: unknown) => reason)
  expect(describeError(error)).toBe('start processor hold: attach probe: no BTF')
  expect(here.events).toEqual([...started.slice(0, 4), ...shutDown.slice(1)])
})

it('words what a component throws when it is created', () => {
  const here = new World().exporter('sink', ['traces']).processor('bad', ['traces>traces'], () => {
    throw new Error('no such file')
  })
  here.receiver('source', ['traces'])
  const make = (): unknown =>
    here.graph(`
receivers: {source: }
processors: {bad/x: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [bad/x], exporters: [sink]}}}`)
  let text = ''
  try {
    make()
  } catch (error) {
    text = describeError(error)
  }
  expect(text).toBe('create processor bad/x: no such file')
})

it('starts nothing after a shutdown', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.shutdown()
  await graph.start()
  expect(here.events).toEqual([])
  expect(here.receivers.get('source')!.batches$.observed).toBe(false)
})

it('shuts down once however often it is told to', async () => {
  const here = world()
  const graph = here.graph(yaml)
  await graph.start()
  await Promise.all([graph.shutdown(), graph.shutdown()])
  await graph.shutdown()
  expect(here.events).toEqual([...started, ...shutDown])
})

it('refuses to start twice', async () => {
  const graph = world().graph(yaml)
  await graph.start()
  await expect(graph.start()).rejects.toThrow('start a graph that was started already')
  await graph.shutdown()
})

it('waits for the component that is starting, then shuts down and starts no other', async () => {
  const here = world()
  const connecting = Promise.withResolvers<void>()
  here.starts.set('connector/join', () => connecting.promise)
  const graph = here.graph(yaml)
  const starting = graph.start()
  await vi.advanceTimersByTimeAsync(0)
  const stopping = graph.shutdown()
  await vi.advanceTimersByTimeAsync(0)
  expect(here.events).toEqual(started.slice(0, 3))
  connecting.resolve()
  await Promise.all([starting, stopping])
  expect(here.events).toEqual([...started.slice(0, 3), ...shutDown.slice(2)])
})

it('gives up a component that does not start when it is told to shut down', async () => {
  const here = world()
  here.starts.set('connector/join', () => new Promise(() => {}))
  const graph = here.graph(yaml)
  void graph.start()
  await vi.advanceTimersByTimeAsync(0)
  const stopping = graph.shutdown()
  await vi.advanceTimersByTimeAsync(15_000)
  await stopping
  expect(here.logged).toEqual(['error: connector/join: Component does not start, given up.'])
  expect(here.events).toEqual([...started.slice(0, 3), ...shutDown.slice(2)])
})

it('gives up components that hang or fail in their shutdown, and goes on with the others', async () => {
  const here = world()
  here.shutdowns.set('receiver/source', () => new Promise(() => {}))
  here.shutdowns.set('exporter/sink', async () => {
    throw new Error('no')
  })
  const graph = here.graph(yaml)
  await graph.start()
  const source = here.receivers.get('source')!
  source.emit('traces', 2)
  const stopping = graph.shutdown()
  await vi.advanceTimersByTimeAsync(14_999)
  expect(here.events.at(-1)).toBe('shut down receiver/source')
  await vi.advanceTimersByTimeAsync(1)
  await stopping
  expect(here.events.slice(5)).toEqual(shutDown)
  expect(here.exporters.get('sink')!.items).toBe(2)
  expect(here.logged).toEqual([
    'error: receiver/source: Component does not shut down, given up.',
    'error: receiver/source: Receiver did not end its stream.',
    'error: exporter/sink: Component failed to shut down.',
  ])
})
