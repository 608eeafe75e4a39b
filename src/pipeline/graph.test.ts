import { filter, map, merge, NEVER, tap } from 'rxjs'
import { expect, it } from 'vitest'
import { describeError } from '../component/errors.ts'
import type { Batch } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import type { CounterSample } from '../telemetry/counters.ts'
import { tracesOf } from '../helpers/fixtures.ts'
import { fakeBatch } from './testing/fakes.ts'
import { World } from './testing/world.ts'

const accepted: Outcome = { kind: 'accepted' }

/** `receiver/a in 3, out 3`, for what has counted anything. */
function counts({ counters }: World): string[] {
  return counters.all().flatMap((component) => {
    const text = component
      .samples()
      .filter(({ items }) => items > 0)
      .map(({ name, reason, items }: CounterSample) => `${name} ${reason && `${reason} `}${items}`)
    const where = component.pipeline && `@${component.pipeline}`
    return text.length === 0 ? [] : [`${component.component}${where}: ${text.join(', ')}`]
  })
}

/** Lets promises that are settled run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function oneOfEach(): World {
  return new World()
    .receiver('source', ['traces', 'metrics'])
    .processor('pass', ['traces>traces', 'metrics>metrics'])
    .exporter('sink', ['traces', 'metrics'])
}

it('carries a batch from its receiver through the processors to the exporter, and settles it', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
processors: {pass: , pass/2: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [pass, pass/2], exporters: [sink]}}}`)
  await graph.start()
  const source = world.receivers.get('source')!
  const batch = source.emit('traces', 3)
  expect(world.exporters.get('sink')!.batches).toEqual([batch])
  expect(source.outcomes).toEqual([])
  await settle()
  expect(source.outcomes).toEqual([accepted])
  expect(counts(world)).toEqual([
    'processor/pass@traces: in 3, out 3',
    'processor/pass/2@traces: in 3, out 3',
    'exporter/sink: in 3, out 3',
    'receiver/source: in 3, out 3',
  ])
})

it('settles a batch without items in front of an exporter, which has nothing to do with it', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], exporters: [sink]}}}`)
  await graph.start()
  const source = world.receivers.get('source')!
  source.emit('traces', 0)
  expect(source.outcomes).toEqual([accepted])
  expect(world.exporters.get('sink')!.batches).toEqual([])
})

it('settles a batch that several exporters and pipelines got with the worst of their outcomes', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
exporters: {sink: , sink/b: , sink/c: }
service:
  pipelines:
    traces: {receivers: [source], exporters: [sink, sink/b]}
    traces/two: {receivers: [source], exporters: [sink/c]}`)
  await graph.start()
  const slow = Promise.withResolvers<Outcome>()
  world.exporters.get('sink/b')!.answer = () => slow.promise
  world.exporters.get('sink/c')!.answer = async () => ({ kind: 'refused', reason: 'queue_full' })
  const source = world.receivers.get('source')!
  const batch = source.emit('traces', 2)
  await settle()
  for (const [id, { batches }] of world.exporters) expect([id, batches]).toEqual([id, [batch]])
  expect(source.outcomes).toEqual([])
  slow.resolve(accepted)
  await settle()
  expect(source.outcomes).toEqual([{ kind: 'refused', reason: 'queue_full' }])
  expect(counts(world)).toEqual([
    'exporter/sink: in 2, out 2',
    'exporter/sink/b: in 2, out 2',
    'receiver/source: in 2, dropped queue_full 2',
  ])
})

it('creates a component once for each id, but processors once for each pipeline', async () => {
  const world = oneOfEach().extension('health')
  const graph = world.graph(`
receivers: {source: }
processors: {pass: }
exporters: {sink: }
extensions: {health: }
service:
  extensions: [health]
  pipelines:
    traces: {receivers: [source], processors: [pass], exporters: [sink]}
    metrics: {receivers: [source], processors: [pass], exporters: [sink]}`)
  await graph.start()
  expect(world.events).toEqual([
    'start extension/health',
    'start exporter/sink',
    'start processor/pass',
    'start processor/pass',
    'start receiver/source',
  ])
  world.receivers.get('source')!.emit('traces', 1)
  world.receivers.get('source')!.emit('metrics', 5)
  await settle()
  expect(counts(world)).toEqual([
    'processor/pass@traces: in 1, out 1',
    'exporter/sink: in 6, out 6',
    'receiver/source: in 6, out 6',
    'processor/pass@metrics: in 5, out 5',
  ])
})

it('merges the receivers of a pipeline', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: , source/b: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source, source/b], exporters: [sink]}}}`)
  await graph.start()
  world.receivers.get('source')!.emit('traces', 1)
  world.receivers.get('source/b')!.emit('traces', 2)
  world.receivers.get('source')!.emit('traces', 3)
  expect(world.exporters.get('sink')!.batches.map(({ itemCount }) => itemCount)).toEqual([1, 2, 3])
})

it('drops what no pipeline takes, and tells the sender', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], exporters: [sink]}}}`)
  await graph.start()
  const source = world.receivers.get('source')!
  source.emit('metrics', 4)
  expect(source.outcomes).toEqual([{ kind: 'rejected', reason: 'no_consumer' }])
  expect(counts(world)).toEqual(['receiver/source: in 4, dropped no_consumer 4'])
})

it('joins pipelines by a connector that changes the kind', async () => {
  const world = oneOfEach().connector('count', ['traces>metrics'], () =>
    map((batch) => fakeBatch('metrics', batch.itemCount, batch.delivery)),
  )
  const graph = world.graph(`
receivers: {source: }
connectors: {count: }
exporters: {sink: , sink/m: }
service:
  pipelines:
    traces: {receivers: [source], exporters: [count, sink]}
    traces/two: {receivers: [source], exporters: [count]}
    metrics: {receivers: [count], exporters: [sink/m]}`)
  await graph.start()
  const source = world.receivers.get('source')!
  source.emit('traces', 2)
  expect(world.exporters.get('sink/m')!.batches.map(({ kind }) => kind)).toEqual([
    'metrics',
    'metrics',
  ])
  await settle()
  expect(source.outcomes).toEqual([accepted])
  await graph.shutdown()
  expect(counts(world)).toEqual([
    'connector/count: in 4, out 4',
    'exporter/sink: in 2, out 2',
    'receiver/source: in 2, out 2',
    'exporter/sink/m: in 4, out 4',
  ])
})

it('drops what a connector makes and no pipeline takes', async () => {
  const world = oneOfEach().connector('fork', ['traces>traces', 'traces>metrics'], () =>
    map((batch) => fakeBatch('metrics', batch.itemCount, batch.delivery)),
  )
  const graph = world.graph(`
receivers: {source: }
connectors: {fork: }
exporters: {sink: }
service:
  pipelines:
    traces: {receivers: [source], exporters: [fork]}
    traces/two: {receivers: [fork], exporters: [sink]}`)
  await graph.start()
  world.receivers.get('source')!.emit('traces', 2)
  expect(world.receivers.get('source')!.outcomes).toEqual([
    { kind: 'rejected', reason: 'no_consumer' },
  ])
  expect(counts(world)).toEqual([
    'connector/fork: in 2, dropped no_consumer 2',
    'receiver/source: in 2, dropped no_consumer 2',
  ])
})

function failing(): { world: World; graph: ReturnType<World['graph']> } {
  const world = oneOfEach().processor('explode', ['traces>traces'], () =>
    tap(({ itemCount }) => {
      if (itemCount === 13) throw new Error('boom')
    }),
  )
  const graph = world.graph(`
receivers: {source: }
processors: {pass: , explode: , pass/after: }
exporters: {sink: , sink/b: }
service:
  pipelines:
    traces: {receivers: [source], processors: [pass, explode, pass/after], exporters: [sink]}
    traces/two: {receivers: [source], exporters: [sink/b]}`)
  return { world, graph }
}

it('says which pipeline and processor failed, and why', async () => {
  const { world, graph } = failing()
  await graph.start()
  world.receivers.get('source')!.emit('traces', 13)
  expect(describeError(await graph.failed)).toBe(
    'pipeline "traces" failed: processor "explode": boom',
  )
})

it('goes on in the other pipelines of a shared receiver when one has failed', async () => {
  const { world, graph } = failing()
  await graph.start()
  const source = world.receivers.get('source')!
  source.emit('traces', 1)
  source.emit('traces', 13)
  source.emit('traces', 2)
  await settle()
  expect(world.exporters.get('sink')!.items).toBe(1)
  expect(world.exporters.get('sink/b')!.items).toBe(16)
  const rejected = { kind: 'rejected', reason: 'pipeline_failed' }
  expect(source.outcomes).toEqual([accepted, rejected, rejected])
  await graph.shutdown()
  expect(counts(world)).toEqual([
    'processor/pass@traces: in 14, out 14',
    'processor/explode@traces: in 14, out 1, dropped pipeline_failed 13',
    'processor/pass/after@traces: in 1, out 1',
    'exporter/sink: in 1, out 1',
    'receiver/source: in 16, out 1, dropped pipeline_failed 15',
    'exporter/sink/b: in 16, out 16',
  ])
})

it('does not settle a batch that a failing processor had handed on before', async () => {
  const world = oneOfEach().processor(
    'late',
    ['traces>traces'],
    () => (source) =>
      merge(
        source,
        source.pipe(
          map(() => {
            throw new Error('after')
          }),
        ),
      ),
  )
  const graph = world.graph(`
receivers: {source: }
processors: {late: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [late], exporters: [sink]}}}`)
  await graph.start()
  const answer = Promise.withResolvers<Outcome>()
  world.exporters.get('sink')!.answer = () => answer.promise
  const source = world.receivers.get('source')!
  source.emit('traces', 2)
  expect(describeError(await graph.failed)).toBe(
    'pipeline "traces" failed: processor "late": after',
  )
  expect(source.outcomes).toEqual([])
  answer.resolve(accepted)
  await settle()
  expect(source.outcomes).toEqual([accepted])
})

it('says which receiver failed, and why', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], exporters: [sink]}}}`)
  await graph.start()
  world.receivers.get('source')!.batches$.error(new Error('ring buffer gone'))
  expect(describeError(await graph.failed)).toBe('receiver "source" failed: ring buffer gone')
  await graph.shutdown()
  expect(world.logged).toEqual([])
})

it('takes an exporter that rejects or throws as a bug: settled, logged and counted', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], exporters: [sink]}}}`)
  await graph.start()
  const sink = world.exporters.get('sink')!
  const source = world.receivers.get('source')!
  sink.answer = () => Promise.reject(new Error('oops'))
  source.emit('traces', 2)
  await settle()
  sink.answer = () => {
    throw new Error('oops')
  }
  source.emit('traces', 3)
  await settle()
  const rejected = { kind: 'rejected', reason: 'export_failed' }
  expect(source.outcomes).toEqual([rejected, rejected])
  expect(world.logged).toEqual([
    'error: exporter/sink: Exporter failed, items are lost. (2)',
    'error: exporter/sink: Exporter failed, items are lost. (3)',
  ])
  expect(counts(world)).toEqual(['receiver/source: in 5, dropped export_failed 5'])
})

it('gives up a pipeline that does not end, and counts what it held as dropped', async () => {
  const world = oneOfEach().processor('hoard', ['traces>traces'], () => (source) => {
    return merge(NEVER, source.pipe(filter(({ itemCount }) => itemCount !== 5)))
  })
  const graph = world.graph(
    `
receivers: {source: }
processors: {hoard: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [hoard], exporters: [sink]}}}`,
    20,
  )
  await graph.start()
  world.receivers.get('source')!.emit('traces', 3)
  world.receivers.get('source')!.emit('traces', 5)
  await graph.shutdown()
  expect(world.logged).toEqual(['error: The pipeline "traces" does not end, given up.'])
  expect(counts(world)).toEqual([
    'processor/hoard@traces: in 8, out 3, dropped pipeline_failed 5',
    'exporter/sink: in 3, out 3',
    'receiver/source: in 8, out 3, dropped pipeline_failed 5',
  ])
})

it('counts a batch once that a processor reads twice', async () => {
  const world = oneOfEach().processor('parted', ['traces>traces'], () => (source) => {
    const large = ({ itemCount }: Batch): boolean => itemCount > 2
    return merge(source.pipe(filter(large)), source.pipe(filter((batch) => !large(batch))))
  })
  const graph = world.graph(`
receivers: {source: }
processors: {parted: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [parted], exporters: [sink]}}}`)
  await graph.start()
  for (const items of [1, 2, 3]) world.receivers.get('source')!.emit('traces', items)
  expect(counts(world)[0]).toBe('processor/parted@traces: in 6, out 6')
})

it('keeps real batches as they are', async () => {
  const world = oneOfEach()
  const graph = world.graph(`
receivers: {source: }
processors: {pass: }
exporters: {sink: }
service: {pipelines: {traces: {receivers: [source], processors: [pass], exporters: [sink]}}}`)
  await graph.start()
  const batch = tracesOf(0, 1)
  world.receivers.get('source')!.batches$.next(batch)
  expect(world.exporters.get('sink')!.batches[0]).toBe(batch)
})
