import { beforeEach, describe, expect, it } from 'vitest'
import { NO_NAMES } from '../../src/helpers/container_names.ts'
import type { HistogramPoint, NumberPoint } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import type { Owner } from './owners.ts'
import { FileScraper } from './scraper.ts'
import type { Entry } from './table.ts'

/** As many operations that took a millisecond; the cgroup's number is also in its key. */
function entry(cgroupId: number, operations: number, given: Partial<Entry> = {}): Entry {
  return {
    key: Buffer.from([cgroupId, given.operation ?? 0]),
    cgroupId,
    pid: 0,
    startTime: '0',
    error: 0,
    operation: 0,
    firstPid: 0,
    comm: '',
    sum: {
      bytes: operations * 100,
      ns: operations * 1e6,
      counts: Array.from({ length: 16 }, (_, bucket) => (bucket === 6 ? operations : 0)),
    },
    ...given,
  }
}

const IN_SHOP = {
  resource: new Resource({ 'container.id': 'shop' }),
  names: NO_NAMES,
  leftOut: false,
}

describe('the sums of files', () => {
  let table: Entry[]
  let gone: Set<number>
  let forgotten: string[]
  let leftOut: boolean
  let nowMs: number
  let scraper: FileScraper

  beforeEach(() => {
    table = []
    gone = new Set()
    forgotten = []
    leftOut = false
    nowMs = 1_000_000
    scraper = new FileScraper({
      read: () => table,
      remove: (key) => (table = table.filter((one) => !one.key.equals(key))),
      owners: {
        learn: async () => {},
        // Cgroups from 10 on are the shop's; the others are nobody's.
        of: ({ cgroupId }): Owner => ({ ...IN_SHOP, key: cgroupId < 10 ? '' : 'shop', leftOut }),
        isGone: ({ cgroupId }) => gone.has(cgroupId),
        forget: (key) => forgotten.push(key),
      },
      version: '1.2.3',
      now: () => nowMs,
    })
  })

  /** What a scrape tells, by metric and attributes. */
  async function told(): Promise<Record<string, number>> {
    const { groups } = await scraper.scrape()
    const all = groups.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, data }) =>
        (data.points as readonly (HistogramPoint & NumberPoint)[]).map((point) => {
          const words = [name.replace('waggle.file.', ''), ...Object.values(point.attributes)]
          return [words.join(' '), data.type === 'histogram' ? point.count : point.value] as const
        }),
      ),
    )
    return Object.fromEntries(all) as Record<string, number>
  }

  it('are told by operation and error, with the bytes of those that have some', async () => {
    const none = { bytes: 0, ns: 5e9, counts: [0, 2] }
    table = [entry(10, 3), entry(10, 0, { operation: 1, error: 28, sum: none })]
    expect(await told()).toEqual({
      'operation.duration read': 3,
      'operation.duration write ENOSPC': 2,
      'io read': 300,
    })
  })

  it('are seconds in buckets, and count since the look before their owner was first seen', async () => {
    nowMs += 10_000
    table = [entry(10, 3)]
    const { groups } = await scraper.scrape()
    const [point] = groups[0]!.metrics[0]!.data.points as readonly HistogramPoint[]
    expect(point).toMatchObject({
      sum: 0.003,
      startNs: 1_000_000_000_000n,
      timeNs: 1_010_000_000_000n,
    })
    expect(point!.bounds[6]).toBe(0.001)
    expect(point!.counts[6]).toBe(3)
  })

  it('of several cgroups of a container are one, and stay so when one of them goes', async () => {
    table = [entry(10, 3), entry(11, 4)]
    expect(await told()).toMatchObject({ 'operation.duration read': 7, 'io read': 700 })
    gone.add(11)
    expect(await told()).toMatchObject({ 'operation.duration read': 7 })
    expect(table.map(({ cgroupId }) => cgroupId)).toEqual([10])
    table = [entry(10, 5)]
    expect(await told()).toMatchObject({ 'operation.duration read': 9, 'io read': 900 })
    expect({ live: scraper.live, removed: scraper.removed }).toEqual({ live: 1, removed: 1 })
  })

  it('of a container that is gone are told once more, then forgotten', async () => {
    table = [entry(10, 3)]
    await told()
    gone.add(10)
    table = [entry(10, 8)]
    expect(await told()).toMatchObject({ 'operation.duration read': 8 })
    expect(table).toEqual([])
    expect(forgotten).toEqual(['shop'])
    expect(await told()).toEqual({})
  })

  it('of the rest of the host never become less', async () => {
    table = [entry(1, 3), entry(2, 4)]
    gone = new Set([1, 2])
    await told()
    table = [entry(3, 1)]
    expect(await told()).toMatchObject({ 'operation.duration read': 8 })
    expect(forgotten).toEqual([])
  })

  it('that are left out make room when they are gone, too', async () => {
    leftOut = true
    table = [entry(10, 3)]
    gone.add(10)
    expect(await told()).toEqual({})
    expect(table).toEqual([])
  })
})
