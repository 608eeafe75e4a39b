import { concat, concatMap, defer, EMPTY, of } from 'rxjs'
import { expect, it } from 'vitest'
import { describeError } from '../component/errors.ts'
import type { Batch } from '../pdata/batch.ts'
import type { Graph } from './graph.ts'
import { World } from './testing/world.ts'

/** `a` and `b` as the options of a receiver, processor, connector, exporter and extension. */
interface Options {
  readonly source?: string
  readonly hold?: string
  readonly join?: string
  readonly sink?: string
  readonly side?: string
}

const yaml = ({ source = 'a', hold = 'a', join = 'a', sink = 'a', side = 'a' }: Options = {}) => `
receivers: {source: {is: ${source}}}
processors: {hold: {is: ${hold}}}
connectors: {join: {is: ${join}}}
exporters: {sink: {is: ${sink}, storage: side}}
extensions: {side: {is: ${side}}, other: }
service:
  extensions: [side, other]
  pipelines:
    traces: {receivers: [source], processors: [hold], exporters: [join]}
    traces/two: {receivers: [join], exporters: [sink]}`

/** A processor `hold` that hands nothing on before its source has completed. */
function world(): World {
  return new World()
    .receiver('source', ['traces'])
    .connector('join', ['traces>traces'])
    .exporter('sink', ['traces'])
    .extension('side')
    .extension('other')
    .processor('pass', ['traces>traces'])
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

async function running(here: World, options?: Options): Promise<Graph> {
  const graph = here.graph(yaml(options))
  await graph.start()
  here.events.length = 0
  return graph
}

async function reload(graph: Graph, here: World, options: Options): Promise<string[]> {
  await graph.reload(here.planOf(yaml(options)))
  return here.events.splice(0)
}

const items = (here: World, component: string, pipeline = '') => {
  const { in: came, out, held } = here.counters.of(component, pipeline)
  return { came, out, held }
}

it('does nothing when nothing has changed', async () => {
  const here = world()
  const graph = await running(here)
  expect(await reload(graph, here, {})).toEqual([])
})

it.each<[string, Options, string[]]>([
  [
    'a receiver, which never runs twice',
    { source: 'b' },
    ['- receiver/source', '+ receiver/source'],
  ],
  [
    'an exporter, the new one before the old one ends',
    { sink: 'b' },
    ['+ exporter/sink', '- exporter/sink'],
  ],
  ['the processors of a pipeline', { hold: 'b' }, ['+ processor/hold', '- processor/hold']],
  ['a connector', { join: 'b' }, ['+ connector/join', '- connector/join']],
  [
    'an extension and who uses it',
    { side: 'b' },
    ['+ extension/side', '+ exporter/sink', '- exporter/sink', '- extension/side'],
  ],
])('replaces %s', async (_, options, expected) => {
  const here = world()
  const graph = await running(here)
  const events = await reload(graph, here, options)
  expect(events.map((event) => event.replace('shut down', '-').replace('start', '+'))).toEqual(
    expected,
  )
})

it('carries on what a replaced processor held', async () => {
  const here = world()
  const graph = await running(here)
  here.receivers.get('source')?.emit('traces', 3)
  await reload(graph, here, { hold: 'b', sink: 'b' })
  expect(here.exporters.get('sink')?.items).toBe(3)
  here.receivers.get('source')?.emit('traces', 4)
  await graph.shutdown()
  expect(here.exporters.get('sink')?.items).toBe(7)
  expect(here.receivers.get('source')?.outcomes).toEqual([
    { kind: 'accepted' },
    { kind: 'accepted' },
  ])
  expect(items(here, 'receiver/source')).toEqual({ came: 7, out: 7, held: 0 })
  expect(items(here, 'exporter/sink')).toEqual({ came: 7, out: 7, held: 0 })
  expect(items(here, 'processor/hold', 'traces')).toEqual({ came: 7, out: 7, held: 0 })
})

it('keeps what the processors of an unchanged pipeline hold', async () => {
  const here = world()
  const graph = await running(here)
  here.receivers.get('source')?.emit('traces', 3)
  await reload(graph, here, { sink: 'b', source: 'b' })
  expect(items(here, 'processor/hold', 'traces').held).toBe(3)
  await graph.shutdown()
  expect(here.exporters.get('sink')?.items).toBe(3)
})

it('counts by itself what an exporter held when it was replaced', async () => {
  const here = world()
  const graph = await running(here)
  here.exporters.get('sink')?.takeOver(5)
  await reload(graph, here, { sink: 'b' })
  expect(here.counters.of('exporter/sink').dropped).toEqual(new Map([['not_drained', 5]]))
})

it('starts what cannot run beside its predecessor after that, and batches wait for it', async () => {
  const here = world()
  const graph = await running(here)
  let taken = true
  here.starts.set('exporter/sink', async () => {
    if (taken) throw new Error('port taken')
  })
  here.shutdowns.set('exporter/sink', async () => {
    // The pipelines lead to the new one already.
    if (taken) here.receivers.get('source')?.emit('traces', 2)
    taken = false
  })
  const events = await reload(graph, here, { sink: 'b' })
  expect(events.at(-1)).toBe('start exporter/sink')
  await graph.shutdown()
  expect(here.exporters.get('sink')?.items).toBe(2)
})

it('goes on as before when a component cannot be created or started', async () => {
  const here = world()
  const graph = await running(here)
  here.starts.set('connector/join', async () => {
    throw new Error('no room')
  })
  const error = await reload(graph, here, { sink: 'b', join: 'b' }).catch((reason) => reason)
  expect(describeError(error)).toBe('start connector join: no room')
  expect(here.statuses()).toEqual([
    'extension/side ok',
    'extension/other ok',
    'processor/hold ok',
    'connector/join ok',
    'receiver/source ok',
    'exporter/sink ok',
  ])
  here.receivers.get('source')?.emit('traces', 1)
  await graph.shutdown()
  expect(items(here, 'exporter/sink')).toEqual({ came: 1, out: 1, held: 0 })
})

it('changes back when a receiver does not start after its predecessor has ended', async () => {
  const here = world()
  const graph = await running(here)
  const starts = [
    async () => {
      throw new Error('bad interface')
    },
    async () => {},
  ]
  here.starts.set('receiver/source', () => starts.shift()!())
  const error = await reload(graph, here, { source: 'b', sink: 'b' }).catch((reason) => reason)
  expect(describeError(error)).toBe('start receiver source: bad interface')
  here.receivers.get('source')?.emit('traces', 1)
  await graph.shutdown()
  expect(items(here, 'exporter/sink')).toEqual({ came: 1, out: 1, held: 0 })
})

it('says so when the configuration before does not run any more, either', async () => {
  const here = world()
  const graph = await running(here)
  here.starts.set('receiver/source', async () => {
    throw new Error('interface gone')
  })
  await expect(reload(graph, here, { source: 'b' })).rejects.toThrow('neither the new')
  expect(describeError(await graph.failed)).toBe(
    'neither the new configuration runs nor the one before: start receiver source: interface gone',
  )
})

it('reloads one after the other, and not after a shutdown has begun', async () => {
  const here = world()
  const graph = await running(here)
  const both = [{ sink: 'b' }, { sink: 'c' }].map((options) =>
    graph.reload(here.planOf(yaml(options))),
  )
  await Promise.all(both)
  expect(here.events).toEqual([
    'start exporter/sink',
    'shut down exporter/sink',
    'start exporter/sink',
    'shut down exporter/sink',
  ])
  await graph.shutdown()
  here.events.length = 0
  expect(await reload(graph, here, { sink: 'd' })).toEqual([])
})

it('adds and removes whole pipelines while the others carry on', async () => {
  const here = world()
  const graph = await running(here)
  await graph.reload(
    here.planOf(`
receivers: {source: {is: a}, source/more: }
exporters: {sink: {is: a, storage: side}, sink/more: }
extensions: {side: {is: a}}
service:
  extensions: [side]
  pipelines:
    traces/new: {receivers: [source, source/more], exporters: [sink, sink/more]}`),
  )
  expect(here.events).toEqual([
    'start exporter/sink/more',
    'start receiver/source/more',
    'shut down processor/hold',
    'shut down connector/join',
    'shut down extension/other',
  ])
  for (const receiver of here.receivers.values()) receiver.emit('traces', 1)
  await graph.shutdown()
  expect(here.exporters.get('sink')?.items).toBe(2)
  expect(here.exporters.get('sink/more')?.items).toBe(2)
  expect(here.host.pipelines()).toEqual([
    {
      id: 'traces/new',
      kind: 'traces',
      receivers: ['source', 'source/more'],
      processors: [],
      exporters: ['sink', 'sink/more'],
    },
  ])
})
