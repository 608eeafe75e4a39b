import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Scraped } from '../../src/helpers/scraper.ts'
import { hostMetricsConfig } from './config.ts'
import { filesystemConfig, filesystemScraper } from './filesystem.ts'
import { Host } from './host.ts'
import { scrapersOf } from './receiver.ts'
import { kindsOf, linesOf } from './scrape_for_tests.ts'

const NOW_MS = 1_790_000_600_000
let root: string
let host: Host
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-'))
  cpSync(join(import.meta.dirname, 'testdata/host'), root, { recursive: true })
  host = new Host({ rootPath: `${root}/`, version: '1.2.3', now: () => NOW_MS })
})
afterEach(() => rmSync(root, { recursive: true }))

/** A scraper with these options. */
function scraper(name: string, options: object = {}) {
  const { scrapers } = hostMetricsConfig.parse({ scrapers: { [name]: options } })
  return scrapersOf(scrapers, host)[0]!
}

function scrape(name: string, options: object = {}): Promise<Scraped> {
  return scraper(name, options).scrape()
}

function switched(on: boolean, ...names: string[]): object {
  return { metrics: Object.fromEntries(names.map((name) => [name, { enabled: on }])) }
}

describe('the cpu scraper', () => {
  it('tells the time of each CPU by state, since the host was booted', async () => {
    const { groups } = await scrape('cpu')
    expect(groups).toMatchObject([
      {
        resource: { attributes: { 'host.name': 'node-7', 'os.type': 'linux' } },
        scope: { name: 'waggle/host_metrics', version: '1.2.3' },
      },
    ])
    expect(kindsOf(groups)).toEqual(['system.cpu.time counter s double'])
    expect(groups[0]!.metrics[0]!.data.points[0]).toEqual({
      attributes: { cpu: 'cpu0', state: 'user' },
      startNs: 1_790_000_000_000_000_000n,
      timeNs: 1_790_000_600_000_000_000n,
      exemplars: [],
      value: 10,
      isDouble: true,
    })
    expect(linesOf({ groups }).map((line) => line.replace('system.cpu.time', ''))).toEqual([
      '{cpu=cpu0,state=user} 10',
      '{cpu=cpu0,state=nice} 0.2',
      '{cpu=cpu0,state=system} 3',
      '{cpu=cpu0,state=idle} 80',
      '{cpu=cpu0,state=wait} 0.4',
      '{cpu=cpu0,state=interrupt} 0.05',
      '{cpu=cpu0,state=softirq} 0.6',
      '{cpu=cpu0,state=steal} 0.07',
      '{cpu=cpu1,state=user} 1',
      '{cpu=cpu1,state=nice} 0.02',
      '{cpu=cpu1,state=system} 0.3',
      '{cpu=cpu1,state=idle} 8',
      '{cpu=cpu1,state=wait} 0.04',
      '{cpu=cpu1,state=interrupt} 0',
      '{cpu=cpu1,state=softirq} 0.06',
      '{cpu=cpu1,state=steal} 0',
    ])
  })

  it('tells shares from the second scrape on', async () => {
    const metrics = {
      'system.cpu.time': { enabled: false },
      'system.cpu.utilization': { enabled: true },
    }
    const cpu = scraper('cpu', { metrics })
    expect(linesOf(await cpu.scrape())).toEqual([])
    const stat = readFileSync(host.proc('stat'), 'utf8')
    writeFileSync(host.proc('stat'), stat.replace('cpu1 100 2 30 800', 'cpu1 125 2 30 875'))
    const lines = linesOf(await cpu.scrape())
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual([
      'system.cpu.utilization{cpu=cpu1,state=user} 0.25',
      'system.cpu.utilization{cpu=cpu1,state=idle} 0.75',
    ])
  })

  it('tells CPUs, cores and frequencies where they are switched on', async () => {
    const names = ['logical.count', 'physical.count', 'frequency'].map(
      (name) => `system.cpu.${name}`,
    )
    const { metrics } = switched(true, ...names) as { metrics: object }
    const off = switched(false, 'system.cpu.time') as { metrics: object }
    const { groups } = await scrape('cpu', { metrics: { ...metrics, ...off.metrics } })
    expect(linesOf({ groups })).toEqual([
      'system.cpu.logical.count{} 2',
      'system.cpu.frequency{cpu=cpu0} 2500500000',
      'system.cpu.frequency{cpu=cpu1} 1200000000',
      'system.cpu.physical.count{} 1',
    ])
    expect(kindsOf(groups)).toEqual([
      'system.cpu.logical.count sum {cpu}',
      'system.cpu.frequency gauge Hz double',
      'system.cpu.physical.count sum {cpu}',
    ])
  })
})

describe('the load scraper', () => {
  it('tells the averages, divided by the CPUs where that is asked for', async () => {
    const { groups } = await scrape('load')
    expect(linesOf({ groups })).toEqual([
      'system.cpu.load_average.1m{} 0.5',
      'system.cpu.load_average.5m{} 1',
      'system.cpu.load_average.15m{} 2.5',
    ])
    expect(kindsOf(groups)[0]).toBe('system.cpu.load_average.1m gauge {thread} double')
    const [one] = linesOf(await scrape('load', { cpu_average: true }))
    expect(one).toBe('system.cpu.load_average.1m{} 0.25')
  })
})

describe('the memory scraper', () => {
  it('tells bytes by use, which add up to all there are', async () => {
    const { groups } = await scrape('memory')
    expect(linesOf({ groups })).toEqual(
      [
        ['used', 460_000],
        ['free', 200_000],
        ['buffered', 50_000],
        ['cached', 290_000],
        ['slab_reclaimable', 40_000],
        ['slab_unreclaimable', 30_000],
      ].map(([state, kib]) => `system.memory.usage{state=${state}} ${Number(kib) * 1024}`),
    )
    expect(kindsOf(groups)).toEqual(['system.memory.usage sum By'])
  })

  it('tells shares and more where they are switched on', async () => {
    const names = [
      'system.memory.limit',
      'system.linux.memory.available',
      'system.linux.memory.dirty',
    ]
    const { metrics } = switched(true, ...names, 'system.memory.utilization') as { metrics: object }
    const lines = linesOf(await scrape('memory', { metrics }))
    expect(lines).toContain('system.memory.utilization{state=used} 0.46')
    expect(lines.slice(-3)).toEqual([
      `system.memory.limit{} ${1_000_000 * 1024}`,
      `system.linux.memory.available{} ${600_000 * 1024}`,
      `system.linux.memory.dirty{} ${300 * 1024}`,
    ])
  })
})

describe('the disk scraper', () => {
  it('tells each disk by direction', async () => {
    const include = { devices: ['sda'], match_type: 'strict' }
    const { groups } = await scrape('disk', { include })
    expect(linesOf({ groups })).toEqual([
      'system.disk.io{device=sda,direction=read} 1024000',
      'system.disk.io{device=sda,direction=write} 2048000',
      'system.disk.operations{device=sda,direction=read} 100',
      'system.disk.operations{device=sda,direction=write} 200',
      'system.disk.operation_time{device=sda,direction=read} 0.5',
      'system.disk.operation_time{device=sda,direction=write} 1.5',
      'system.disk.merged{device=sda,direction=read} 10',
      'system.disk.merged{device=sda,direction=write} 20',
      'system.disk.io_time{device=sda} 1.8',
      'system.disk.weighted_io_time{device=sda} 2',
      'system.disk.pending_operations{device=sda} 3',
    ])
    expect(kindsOf(groups)).toEqual([
      'system.disk.io counter By',
      'system.disk.operations counter {operations}',
      'system.disk.operation_time counter s double',
      'system.disk.merged counter {operations}',
      'system.disk.io_time counter s double',
      'system.disk.weighted_io_time counter s double',
      'system.disk.pending_operations sum {operations}',
    ])
  })

  it.each([
    [{}, ['sda', 'sda1', 'loop0']],
    [{ include: { devices: ['sda'], match_type: 'regexp' } }, ['sda', 'sda1']],
    [{ exclude: { devices: ['^loop', '\\d$'], match_type: 'regexp' } }, ['sda']],
    [
      {
        include: { devices: ['sda', 'sda1'], match_type: 'strict' },
        exclude: { devices: ['sda'], match_type: 'strict' },
      },
      ['sda1'],
    ],
  ])('takes disks as %j says', async (options, devices) => {
    const lines = linesOf(await scrape('disk', options))
    const pending = lines.filter((line) => line.startsWith('system.disk.pending_operations'))
    expect(pending.map((line) => /device=(\w+)/.exec(line)![1])).toEqual(devices)
  })
})

describe('the network scraper', () => {
  it('tells the interfaces and sockets of process 1', async () => {
    const exclude = { interfaces: ['lo'], match_type: 'strict' }
    const { groups, failures } = await scrape('network', { exclude })
    expect(failures).toEqual([])
    const lines = linesOf({ groups }).filter((line) => !line.endsWith(' 0'))
    expect(lines).toEqual([
      'system.network.io{device=eth0,direction=receive} 10000000',
      'system.network.io{device=eth0,direction=transmit} 3000000',
      'system.network.packets{device=eth0,direction=receive} 7000',
      'system.network.packets{device=eth0,direction=transmit} 6000',
      'system.network.errors{device=eth0,direction=receive} 1',
      'system.network.errors{device=eth0,direction=transmit} 3',
      'system.network.dropped{device=eth0,direction=receive} 2',
      'system.network.dropped{device=eth0,direction=transmit} 4',
      'system.network.connections{protocol=tcp,state=ESTABLISHED} 2',
      'system.network.connections{protocol=tcp,state=SYN_RECV} 1',
      'system.network.connections{protocol=tcp,state=TIME_WAIT} 1',
      'system.network.connections{protocol=tcp,state=LISTEN} 2',
    ])
    expect(kindsOf(groups)).toEqual([
      'system.network.io counter By',
      'system.network.packets counter {packets}',
      'system.network.errors counter {errors}',
      'system.network.dropped counter {packets}',
      'system.network.connections sum {connections}',
    ])
  })

  it('does without IPv6 and without tracked connections', async () => {
    rmSync(host.proc('1/net/tcp6'))
    const names = ['count', 'max'].map((name) => `system.network.conntrack.${name}`)
    const { groups, failures } = await scrape('network', switched(true, ...names))
    expect(failures).toEqual([])
    expect(linesOf({ groups })).toContain('system.network.connections{protocol=tcp,state=LISTEN} 1')
    expect(kindsOf(groups).join()).not.toContain('conntrack')
  })
})

describe('the paging scraper', () => {
  it('tells swap space, pages and faults', async () => {
    const { groups } = await scrape('paging', switched(true, 'system.paging.utilization'))
    expect(linesOf({ groups })).toEqual([
      'system.paging.usage{device=/dev/sda2,state=used} 256000',
      'system.paging.usage{device=/dev/sda2,state=free} 768000',
      'system.paging.utilization{device=/dev/sda2,state=used} 0.25',
      'system.paging.utilization{device=/dev/sda2,state=free} 0.75',
      'system.paging.operations{direction=page_in,type=major} 11',
      'system.paging.operations{direction=page_out,type=major} 12',
      'system.paging.operations{direction=page_in,type=minor} 1000',
      'system.paging.operations{direction=page_out,type=minor} 2000',
      'system.paging.faults{type=major} 30',
      'system.paging.faults{type=minor} 970',
    ])
    expect(kindsOf(groups)).toEqual([
      'system.paging.usage sum By',
      'system.paging.utilization gauge 1 double',
      'system.paging.operations counter {operations}',
      'system.paging.faults counter {faults}',
    ])
  })
})

describe('the processes scraper', () => {
  it('tells processes by state, and passes over those that have just ended', async () => {
    rmSync(host.proc('12/stat'))
    const { groups } = await scrape('processes')
    expect(linesOf({ groups })).toEqual([
      'system.processes.count{status=sleeping} 1',
      'system.processes.count{status=running} 1',
      'system.processes.created{} 4321',
    ])
    expect(kindsOf(groups)).toEqual([
      'system.processes.count sum {processes}',
      'system.processes.created counter {processes}',
    ])
  })
})

describe('the filesystem scraper', () => {
  const size = { type: 0, bsize: 4096, blocks: 100, bfree: 40, bavail: 30, files: 20, ffree: 5 }

  function asking(options: object, answer: (path: string) => object): Promise<Scraped> {
    const ask = async (path: string) => answer(path.slice(root.length)) as never
    return filesystemScraper(filesystemConfig.parse(options), host, ask as never).scrape()
  }

  const mountsIn = (scraped: Scraped) =>
    linesOf(scraped)
      .filter((line) => line.includes('state=used') && line.includes('filesystem.usage'))
      .map((line) => /mountpoint=([^,]*)/.exec(line)![1])

  it('tells the room of those on disks', async () => {
    const options = {
      metrics: { 'system.filesystem.utilization': { enabled: true } },
      include_fs_types: { fs_types: ['xfs'], match_type: 'strict' },
    }
    const scraped = await asking(options, () => size)
    const mount = 'device=/dev/sdb1,mode=ro,mountpoint=/mnt/a b,type=xfs'
    expect(linesOf(scraped)).toEqual([
      `system.filesystem.usage{${mount},state=used} 245760`,
      `system.filesystem.usage{${mount},state=free} 122880`,
      `system.filesystem.usage{${mount},state=reserved} 40960`,
      `system.filesystem.inodes.usage{${mount},state=used} 15`,
      `system.filesystem.inodes.usage{${mount},state=free} 5`,
      `system.filesystem.utilization{${mount}} ${60 / 90}`,
    ])
    expect(kindsOf(scraped.groups)).toEqual([
      'system.filesystem.usage sum By',
      'system.filesystem.inodes.usage sum {inodes}',
      'system.filesystem.utilization gauge 1 double',
    ])
  })

  it.each([
    [{}, ['/', '/mnt/a b', '/tank']],
    [{ include_virtual_filesystems: true }, ['/', '/proc', '/run', '/mnt/a b', '/nfs', '/tank']],
    [{ exclude_devices: { devices: ['^/dev/'], match_type: 'regexp' } }, ['/tank']],
    [
      { exclude_mount_points: { mount_points: ['/'], match_type: 'strict' } },
      ['/mnt/a b', '/tank'],
    ],
  ])('takes mounts as %j says', async (options, points) => {
    expect(mountsIn(await asking(options, () => size))).toEqual(points)
  })

  it('passes over what is gone, and tells what cannot be read', async () => {
    const scraped = await asking({}, (path) => {
      if (path === '/') throw Object.assign(new Error('no entry'), { code: 'ENOENT' })
      if (path === '/tank') throw Object.assign(new Error('broken'), { code: 'EIO' })
      return size
    })
    expect(mountsIn(scraped)).toEqual(['/mnt/a b'])
    expect(scraped.failures).toMatchObject([{ metrics: 2, error: { message: 'broken' } }])
  })
})
