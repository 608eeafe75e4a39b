import { bufferTime, concatMap, delay, filter, from, mergeMap, of, tap } from 'rxjs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { madeDelivery } from '../component/counted_delivery.ts'
import type { Settings } from '../component/settings.ts'
import { ACCEPTED, Delivery } from '../pdata/delivery.ts'
import type { Outcome } from '../pdata/delivery.ts'
import { fakeBatch } from './testing/fakes.ts'
import { World } from './testing/world.ts'
import type { FakeOperator } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const yaml = `
receivers: {a: , b: }
processors: {sample: , gather: , slow: }
connectors: {join: }
exporters: {quick: , late: }
service:
  pipelines:
    traces: {receivers: [a, b], processors: [sample, gather], exporters: [quick, join]}
    traces/two: {receivers: [join, b], processors: [slow, gather], exporters: [late, quick]}`

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Components that drop, gather, delay, refuse and, where `failAt` says so, fail. */
function world(random: () => number, failAt: number): World {
  let seen = 0
  return new World()
    .receiver('a', ['traces', 'logs'])
    .receiver('b', ['traces'])
    .connector('join', ['traces>traces'])
    .processor('sample', ['traces>traces'], ({ counters }: Settings) =>
      filter((batch) => {
        if (++seen === failAt) throw new Error('boom')
        if (random() < 0.7) return true
        counters.drop('sampled', batch.itemCount)
        batch.delivery.settle(ACCEPTED)
        return false
      }),
    )
    .processor(
      'gather',
      ['traces>traces'],
      () => (source) =>
        source.pipe(
          bufferTime(50),
          filter((batches) => batches.length > 0),
          concatMap((batches) => {
            const items = batches.reduce((sum, { itemCount }) => sum + itemCount, 0)
            return of(
              fakeBatch('traces', items, Delivery.join(batches.map(({ delivery }) => delivery))),
            )
          }),
        ),
    )
    .processor('slow', ['traces>traces'], () => mergeMap((batch) => from([batch]).pipe(delay(20))))
    .connector('count', ['traces>metrics'], counting, true)
    .exporter('few', ['metrics'])
    .exporter('quick', ['traces'])
    .exporter('late', ['traces'])
}

/** Makes one item of all that came within 70 ms. */
const counting: FakeOperator =
  ({ counters }) =>
  (source) =>
    source.pipe(
      tap(({ delivery }) => delivery.settle(ACCEPTED)),
      bufferTime(70),
      filter((batches) => batches.length > 0),
      concatMap((batches) => {
        counters.countOut(batches.reduce((sum, { itemCount }) => sum + itemCount, 0))
        return of(fakeBatch('metrics', 1, madeDelivery(counters, 1)))
      }),
    )

const countingYaml = `
receivers: {a: , b: }
processors: {sample: , gather: }
connectors: {count: }
exporters: {quick: , late: , few: }
service:
  pipelines:
    traces: {receivers: [a, b], processors: [sample, gather], exporters: [quick, late, count]}
    metrics: {receivers: [count], exporters: [few]}`

async function live(
  seed: number,
  failAt = 0,
  text = yaml,
): Promise<{ here: World; emitted: number }> {
  const random = randomOf(seed)
  const here = world(random, failAt)
  const graph = here.graph(text)
  await graph.start()
  here.exporters.get('late')!.answer = () =>
    new Promise<Outcome>((resolve) => {
      const outcome: Outcome = random() < 0.8 ? ACCEPTED : { kind: 'refused', reason: 'queue_full' }
      setTimeout(() => resolve(outcome), random() * 300)
    })
  const killAfter = Math.floor(random() * 40)
  let emitted = 0
  for (let i = 0; i < killAfter; i++) {
    const receiver = here.receivers.get(random() < 0.5 ? 'a' : 'b')!
    const kind = receiver === here.receivers.get('a') && random() < 0.2 ? 'logs' : 'traces'
    receiver.emit(kind, 1 + Math.floor(random() * 9))
    emitted++
    await vi.advanceTimersByTimeAsync(random() * 30)
  }
  const stopping = graph.shutdown()
  await vi.advanceTimersByTimeAsync(60_000)
  await stopping
  return { here, emitted }
}

/** For each component what came in and did not come out: nothing may. */
function unaccounted({ counters }: World): string[] {
  return counters.all().flatMap(({ component, pipeline, held }) => {
    return held === 0 ? [] : [`${component} ${pipeline}: ${held}`]
  })
}

/** How many batches have been answered for. */
function settled({ receivers }: World): number {
  return [...receivers.values()].flatMap(({ outcomes }) => outcomes).length
}

it('accounts for every item at every component wherever it is stopped', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { here, emitted } = await live(seed)
    expect({ seed, unaccounted: unaccounted(here) }).toEqual({ seed, unaccounted: [] })
    expect({ seed, settled: settled(here) }).toEqual({ seed, settled: emitted })
    expect(here.logged).toEqual([])
  }
})

it('accounts for every item when a processor fails on the way', async () => {
  let failures = 0
  for (let seed = 1; seed <= 40; seed++) {
    const { here, emitted } = await live(seed, 1 + (seed % 12))
    expect({ seed, unaccounted: unaccounted(here) }).toEqual({ seed, unaccounted: [] })
    expect({ seed, settled: settled(here) }).toEqual({ seed, settled: emitted })
    const { dropped } = here.counters.of('processor/sample', 'traces')
    if (dropped.has('pipeline_failed')) failures++
  }
  expect(failures).toBeGreaterThan(20)
})

it('accounts for what goes into other items, and apart from that for those', async () => {
  let made = 0
  for (let seed = 1; seed <= 40; seed++) {
    const { here, emitted } = await live(seed, seed % 3 === 0 ? 1 + (seed % 12) : 0, countingYaml)
    expect({ seed, unaccounted: unaccounted(here) }).toEqual({ seed, unaccounted: [] })
    expect({ seed, settled: settled(here) }).toEqual({ seed, settled: emitted })
    const counters = here.counters.of('connector/count')
    expect({ seed, made: counters.made ?? 0 }).toEqual({
      seed,
      made: here.exporters.get('few')!.items,
    })
    made += counters.made ?? 0
  }
  expect(made).toBeGreaterThan(100)
})
