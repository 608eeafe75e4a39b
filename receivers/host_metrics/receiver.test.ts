import { execFileSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import { hostMetricsConfig } from './config.ts'
import { hostMetrics } from './index.ts'
import { Host } from './host.ts'
import { HostMetricsReceiver, scrapersOf } from './receiver.ts'
import { linesOf } from './scrape_for_tests.ts'

const ALL = {
  cpu: {},
  load: {},
  memory: {},
  disk: {},
  filesystem: {},
  network: {},
  paging: {},
  processes: {},
}

lifecycleTest(hostMetrics, { scrapers: ALL })

describe('host_metrics', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('sends all that its scrapers read as one batch, at a fixed beat', async () => {
    const settings = testSettings(hostMetrics)
    const config = hostMetricsConfig.parse({ collection_interval: '10s', scrapers: ALL })
    const receiver = new HostMetricsReceiver(settings, config)
    const batches: Metrics[] = []
    receiver.batches$.subscribe((batch) => batches.push(batch as Metrics))
    await receiver.start()
    await vi.advanceTimersByTimeAsync(999)
    expect(batches).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(1)
    await vi.waitFor(() => expect(batches).toHaveLength(1))
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() => expect(batches).toHaveLength(2))
    await receiver.shutdown()
    expect(settings.counters.in).toBe(batches[0]!.itemCount + batches[1]!.itemCount)
    const [batch] = batches
    expect(batch!.groups.length).toBe(8)
    expect(batch!.groups[0]!.resource.attributes).toEqual({
      'host.name': hostname(),
      'os.type': 'linux',
    })
    batch!.delivery.settle({ kind: 'accepted' })
    expect(settings.counters.out).toBe(batch!.itemCount)
  })
})

/** What this machine says, read twice around what the test reads itself. */
async function around<T>(scraper: string, read: () => T, options: object = {}) {
  const config = hostMetricsConfig.parse({ scrapers: { [scraper]: options } })
  const host = new Host({ rootPath: '', version: '' })
  const one = scrapersOf(config.scrapers, host)[0]!
  const before = valuesOf(linesOf(await one.scrape()))
  const truth = read()
  const after = valuesOf(linesOf(await one.scrape()))
  return { before, truth, after }
}

function valuesOf(lines: readonly string[]): Map<string, number> {
  return new Map(lines.map((line) => [line.replace(/ [^ ]*$/, ''), Number(line.split(' ').at(-1))]))
}

function total(values: ReadonlyMap<string, number>): number {
  return [...values.values()].reduce((sum, value) => sum + value, 0)
}

describe('on this machine', () => {
  it('the time of all CPUs is that of the first line of /proc/stat', async () => {
    const { before, truth, after } = await around('cpu', () => {
      const [line] = readFileSync('/proc/stat', 'utf8').split('\n')
      const ticks = line!.trim().split(/\s+/).slice(1, 9).map(Number)
      return ticks.reduce((sum, one) => sum + one, 0) / 100
    })
    // The line's sums are cut to ticks once, those of each CPU and state each for itself.
    expect(truth).toBeGreaterThanOrEqual(total(before) - 0.01)
    expect(truth).toBeLessThanOrEqual(total(after) + 0.01 * after.size)
  })

  it('filesystems are as df says', async () => {
    const { before, truth } = await around('filesystem', () =>
      execFileSync('df', ['-B1', '--output=target,used,avail,iused'], { encoding: 'utf8' }),
    )
    const rows = truth
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim().split(/\s+/))
    const onDisks = rows.filter(([target]) =>
      [...before.keys()].some((key) => key.includes(`mountpoint=${target},`)),
    )
    expect(onDisks.length).toBeGreaterThan(0)
    for (const [target, used, avail] of onDisks) {
      const size = (state: string) =>
        [...before].find(
          ([key]) =>
            key.startsWith('system.filesystem.usage') &&
            key.includes(`mountpoint=${target},`) &&
            key.includes(state),
        )![1]
      // Others write meanwhile.
      expect(Math.abs(size('state=used') - Number(used))).toBeLessThan(64 * 2 ** 20)
      expect(Math.abs(size('state=free') - Number(avail))).toBeLessThan(64 * 2 ** 20)
      const all = size('state=used') + size('state=free') + size('state=reserved')
      const { blocks, bsize } = statfsSync(target!)
      expect(all).toBe(blocks * bsize)
    }
  })

  it('interfaces count as /proc/net/dev says', async () => {
    const { before, truth, after } = await around('network', () => {
      const text = readFileSync('/proc/net/dev', 'utf8')
      return [...text.matchAll(/^ *(\S+): *(\d+) +(\d+) +(?:\d+ +){6}(\d+) +(\d+)/gm)].map((row) =>
        row.slice(1),
      )
    })
    expect(truth.length).toBeGreaterThan(0)
    for (const [device, ...counts] of truth) {
      const keys = ['io', 'packets'].flatMap((name) => [
        `system.network.${name}{device=${device},direction=receive}`,
        `system.network.${name}{device=${device},direction=transmit}`,
      ])
      const order = [counts[0], counts[2], counts[1], counts[3]].map(Number)
      for (const [i, key] of keys.entries()) {
        expect(order[i]).toBeGreaterThanOrEqual(before.get(key)!)
        expect(order[i]).toBeLessThanOrEqual(after.get(key)!)
      }
    }
  })

  it('memory adds up to all there is', async () => {
    const { before } = await around('memory', () => {}, {})
    const state = (name: string) => before.get(`system.memory.usage{state=${name}}`)!
    const [, kib] = /MemTotal: *(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))!
    const sum = state('used') + state('free') + state('buffered') + state('cached')
    expect(sum).toBe(Number(kib) * 1024)
  })
})
