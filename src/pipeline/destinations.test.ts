import { describe, expect, it } from 'vitest'
import type { Batch } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import { World } from './testing/world.ts'

/** A connector that sends large batches to one pipeline, small ones to another, and giants to both. */
function bySize({ itemCount }: Batch): string[] {
  if (itemCount > 100) return ['traces/large', 'traces/small']
  return itemCount > 10 ? ['traces/large'] : ['traces/small']
}

const world = (): World =>
  new World()
    .receiver('source', ['traces'])
    .exporter('sink', ['traces'])
    .router('by_size', ['traces>traces'], bySize)

const yaml = (pipelines = 'traces/large, traces/small', small = 'by_size'): string => `
receivers: {source: }
connectors: {by_size: {pipelines: [${pipelines}]}}
exporters: {sink: , sink/b: }
service:
  pipelines:
    traces: {receivers: [source], exporters: [by_size]}
    traces/large: {receivers: [by_size], exporters: [sink]}
    traces/small: {receivers: [${small}], exporters: [sink/b]}`

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a connector that decides', () => {
  it('hands each batch to the pipelines that it chooses, and to no other', async () => {
    const joined = world()
    await joined.graph(yaml()).start()
    const source = joined.receivers.get('source')!
    const [small, large, giant] = [1, 11, 101].map((items) => source.emit('traces', items))
    expect(joined.exporters.get('sink')!.batches).toEqual([large, giant])
    expect(joined.exporters.get('sink/b')!.batches).toEqual([small, giant])
    await settle()
    expect(source.outcomes).toEqual([1, 2, 3].map(() => ({ kind: 'accepted' })))
    const { in: seen, out, held } = joined.counters.of('connector/by_size')
    expect({ seen, out, held }).toEqual({ seen: 113, out: 113, held: 0 })
  })

  it('tells the sender the worst of what became of a batch where it went, and nothing of elsewhere', async () => {
    const joined = world()
    await joined.graph(yaml()).start()
    const full: Outcome = { kind: 'refused', reason: 'queue_full' }
    joined.exporters.get('sink/b')!.answer = async () => full
    const source = joined.receivers.get('source')!
    for (const items of [11, 101]) source.emit('traces', items)
    await settle()
    expect(source.outcomes).toEqual([{ kind: 'accepted' }, full])
  })

  it('that chooses none of its pipelines has the batch told as one that nobody takes', async () => {
    const joined = new World()
      .receiver('source', ['traces'])
      .exporter('sink', ['traces'])
      .router('by_size', ['traces>traces'], () => ['traces/none'])
    await joined.graph(yaml()).start()
    const source = joined.receivers.get('source')!
    source.emit('traces', 1)
    expect(source.outcomes).toEqual([{ kind: 'rejected', reason: 'no_consumer' }])
  })

  it('names pipelines that are there and begin with it', () => {
    expect(world().problems(yaml())).toEqual([])
    expect(world().problems(yaml('traces/large, traces/smal, traces'))).toEqual([
      'w.yaml:3:50: connectors.by_size.pipelines[1]: there is no pipeline "traces/smal", did you mean "traces/small"?',
      'w.yaml:3:63: connectors.by_size.pipelines[2]: pipeline "traces" does not have "by_size" as receiver',
    ])
    expect(world().problems(yaml(undefined, 'source'))).toEqual([
      'w.yaml:3:50: connectors.by_size.pipelines[1]: pipeline "traces/small" does not have "by_size" as receiver',
    ])
  })
})
