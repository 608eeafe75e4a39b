import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ID, linesOf, Machine, NOW_MS } from './containers_for_tests.ts'
import { readIfThere } from './reading.ts'

let machine: Machine
beforeEach(() => void (machine = new Machine()))
afterEach(() => machine.remove())

/** What the container of letter `a` has used, which is the same in each version of cgroups. */
const USED = [
  'container.uptime{} 100',
  'container.cpu.time{user} 2',
  'container.cpu.time{system} 1',
  'waggle.container.cpu.limit{} 1.5',
  'waggle.container.cpu.periods{} 50',
  'waggle.container.cpu.throttled.periods{} 7',
  'waggle.container.cpu.throttled.time{} 0.25',
  'container.memory.usage{} 104857600',
  'container.memory.working_set{} 83886080',
  'container.memory.rss{} 41943040',
  'waggle.container.memory.limit{} 268435456',
  'container.memory.available{} 184549376',
  'waggle.container.memory.oom_kills{} 2',
  'container.paging.faults{major} 20',
  'container.paging.faults{minor} 4980',
  'container.disk.io{read,sda} 4096',
  'container.disk.io{write,sda} 8192',
  'container.disk.io{read,259:7} 512',
  'container.disk.io{write,259:7} 0',
  'waggle.container.disk.operations{read,sda} 1',
  'waggle.container.disk.operations{write,sda} 2',
  'waggle.container.disk.operations{read,259:7} 1',
  'waggle.container.disk.operations{write,259:7} 0',
  'waggle.container.threads{} 9',
  'waggle.container.threads.limit{} 512',
  'container.network.io{eth0,receive} 7000',
  'container.network.io{eth0,transmit} 5000',
  'waggle.container.network.packets{eth0,receive} 70',
  'waggle.container.network.packets{eth0,transmit} 50',
  'waggle.container.network.errors{eth0,receive} 1',
  'waggle.container.network.errors{eth0,transmit} 3',
  'waggle.container.network.dropped{eth0,receive} 2',
  'waggle.container.network.dropped{eth0,transmit} 4',
]

const CPU = ['container.cpu.time{user} 0.4', 'container.cpu.time{system} 0.1']

describe('of cgroup v2', () => {
  it('every container is told of with what it has used', async () => {
    const { groups, failures } = await machine.scraper('v2').scrape()
    expect(failures).toEqual([])
    const lines = linesOf({ groups })
    expect(Object.keys(lines).toSorted()).toEqual(['a', 'b', 'c', 'pod'])
    expect(lines['a']).toEqual(USED)
    expect(lines['c']).toEqual(['container.uptime{} 40', ...CPU])
  })

  it('the processes of a container may be in a cgroup below its own', async () => {
    const lines = linesOf(await machine.scraper('v2').scrape())
    const network = (line: string): boolean => line.includes('network') || line.includes('uptime')
    expect(lines['b']!.filter((line) => !network(line))).toEqual(
      USED.filter((line) => !network(line)),
    )
    expect(lines['b']![0]).toBe('container.uptime{} 50')
  })

  it('the network of a pod is told of once, as the pod', async () => {
    const { groups } = await machine.scraper('v2').scrape()
    const pods = groups.filter(({ resource }) => resource.attributes['container.id'] === undefined)
    expect(pods.map(({ resource }) => resource.attributes)).toEqual([
      {
        'k8s.pod.uid': '0a1b2c3d-1111-2222-3333-444455556666',
        'k8s.pod.name': 'web-0',
        'k8s.namespace.name': 'prod',
        'host.name': 'node-7',
        'os.type': 'linux',
      },
    ])
    expect(linesOf({ groups })['pod']).toEqual([
      'k8s.pod.network.io{eth0,receive} 9000',
      'k8s.pod.network.io{eth0,transmit} 8000',
      'waggle.pod.network.packets{eth0,receive} 90',
      'waggle.pod.network.packets{eth0,transmit} 80',
      'k8s.pod.network.errors{eth0,receive} 1',
      'k8s.pod.network.errors{eth0,transmit} 3',
      'waggle.pod.network.dropped{eth0,receive} 2',
      'waggle.pod.network.dropped{eth0,transmit} 4',
    ])
  })

  it('systemd services are told of where they are asked for', async () => {
    const lines = linesOf(await machine.scraper('v2', { units: true }).scrape())
    expect(Object.keys(lines).toSorted()).toEqual([
      'a',
      'b',
      'c',
      'cron.service',
      'pod',
      'sync.service',
    ])
    // It is in the host's network namespace.
    expect(lines['cron.service']).toEqual([
      'container.uptime{} 500',
      'container.cpu.time{user} 0.05',
      'container.cpu.time{system} 0.02',
    ])
    expect(lines['sync.service']).toEqual([
      'container.cpu.time{user} 0.001',
      'container.cpu.time{system} 0',
    ])
  })
})

describe('of cgroup v1', () => {
  it('a container is told of with what it has used', async () => {
    const { groups, failures } = await machine.scraper('v1').scrape()
    expect(failures).toEqual([])
    expect(linesOf({ groups })).toEqual({ a: USED })
  })

  it('no limit is told where there is none', async () => {
    const v1 = join(machine.folder, 'v1')
    const write = (file: string, text: string): void =>
      writeFileSync(join(v1, file.replace('ID', `docker/${ID['a']}`)), text)
    write('cpu,cpuacct/ID/cpu.cfs_quota_us', '-1\n')
    write('memory/ID/memory.stat', 'hierarchical_memory_limit 9223372036854771712\n')
    write('pids/ID/pids.max', 'max\n')
    const lines = linesOf(await machine.scraper('v1').scrape())
    expect(lines['a']!.filter((line) => /limit|available/.test(line))).toEqual([])
  })

  it('block I/O that BFQ counts is told of where throttling counts none', async () => {
    const folder = join(machine.folder, `v1/blkio/docker/${ID['a']}`)
    for (const file of ['io_service_bytes_recursive', 'io_serviced_recursive']) {
      renameSync(join(folder, `blkio.throttle.${file}`), join(folder, `blkio.bfq.${file}`))
      writeFileSync(join(folder, `blkio.throttle.${file}`), 'Total 0\n')
    }
    expect(linesOf(await machine.scraper('v1').scrape())).toEqual({ a: USED })
  })

  it('beside v2, what its controllers count counts, and CPU time of v2 where none does', async () => {
    const lines = linesOf(await machine.scraper('hybrid').scrape())
    expect(lines['a']).toEqual(USED)
    expect(lines['d']!.slice(0, 3)).toEqual([
      'container.uptime{} 10',
      'container.cpu.time{user} 0.6',
      'container.cpu.time{system} 0.3',
    ])
  })
})

describe('a container', () => {
  it('is called as its processes are elsewhere, and counts since it began', async () => {
    const { groups } = await machine.scraper('v2', { select: [{ container: 'shop-*' }] }).scrape()
    expect(groups.map(({ resource }) => resource.attributes)).toEqual([
      {
        'container.id': ID['a'],
        'container.name': 'shop-1',
        'container.runtime.name': 'docker',
        'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'host.name': 'node-7',
        'os.type': 'linux',
        'deployment.environment.name': 'test',
        'service.name': 'shop',
      },
    ])
    const time = groups[0]!.metrics.find(({ name }) => name === 'container.cpu.time')!
    expect(time).toMatchObject({
      unit: 's',
      data: { type: 'sum', monotonic: true, temporality: 2 },
    })
    expect(time.data.points[0]).toEqual({
      attributes: { 'cpu.mode': 'user' },
      startNs: BigInt(NOW_MS - 100_000) * 1_000_000n,
      timeNs: BigInt(NOW_MS) * 1_000_000n,
      exemplars: [],
      value: 2,
      isDouble: true,
    })
  })

  it('keeps its resource from scrape to scrape, and tells how many CPUs it uses', async () => {
    const scraper = machine.scraper('v2', { select: [{ container: ID['a'] }] })
    const [first] = (await scraper.scrape()).groups
    machine.nowMs += 10_000
    const folder = join(machine.folder, 'v2/system.slice', `docker-${ID['a']}.scope`)
    const stat = 'usage_usec 23000000\nuser_usec 20000000\nsystem_usec 3000000\n'
    writeFileSync(join(folder, 'cpu.stat'), stat)
    const [second] = (await scraper.scrape()).groups
    expect(second!.resource).toBe(first!.resource)
    expect(linesOf({ groups: [second!] })['a']!.slice(0, 2)).toEqual([
      'container.uptime{} 110',
      'container.cpu.usage{} 2',
    ])
  })

  it('keeps its resource when its first process is another one that says the same', async () => {
    const scraper = machine.scraper('v2', { select: [{ container: ID['a'] }] })
    const [first] = (await scraper.scrape()).groups
    cpSync(machine.proc('100'), machine.proc('99'), { recursive: true, verbatimSymlinks: true })
    const folder = join(machine.folder, 'v2/system.slice', `docker-${ID['a']}.scope`)
    writeFileSync(join(folder, 'cgroup.procs'), '120\n99\n')
    const [second] = (await scraper.scrape()).groups
    expect(second!.resource).toBe(first!.resource)
  })

  it.each([
    [{ select: [{ container: 'app' }] }, ['b', 'pod']],
    [{ exclude: [{ cgroup: '/kubepods.slice' }] }, ['a']],
    [{ exclude: [{ service: 'shop' }, { container: ID['b'] }] }, ['c', 'pod']],
    [{ select: [{ unit: 'cron.service' }], units: true }, ['cron.service']],
    [{ select: [{ unit: 'cron.service' }] }, []],
  ])('is chosen by %j', async (options, names) => {
    expect(Object.keys(linesOf(await machine.scraper('v2', options).scrape())).toSorted()).toEqual(
      names,
    )
  })

  it('is left out with the metrics that are switched off', async () => {
    const metrics = Object.fromEntries(
      ['container.uptime', 'container.cpu.time'].map((name) => [name, { enabled: false }]),
    )
    const lines = linesOf(await machine.scraper('v2', { metrics }).scrape())
    expect(lines['c']).toEqual([])
  })

  it.each([1, 2, 3, 5, 8, 13, 21, 34, 41])(
    'may disappear at any moment of a scrape, such as read %i, which is no error',
    async (last) => {
      let reads = 0
      const scraper = machine.scraper('v2', { units: true }, (path) => {
        if (++reads === last) rmSync(join(machine.folder, 'v2'), { recursive: true })
        return readIfThere(path)
      })
      expect((await scraper.scrape()).failures).toEqual([])
      expect(reads).toBeGreaterThanOrEqual(last)
    },
  )

  it('that disappeared before anything of it was read is counted, and nothing is told of it', async () => {
    const folder = join(machine.folder, 'v2/system.slice', `docker-${ID['a']}.scope`)
    const scraper = machine.scraper('v2', { select: [{ container: ID['a'] }] }, (path) => {
      if (path.startsWith(folder)) rmSync(folder, { recursive: true, force: true })
      return readIfThere(path)
    })
    expect(await scraper.scrape()).toMatchObject({ groups: [], failures: [] })
    expect(scraper.gone).toBe(1)
  })

  it("is told of where process 1 is kept from the agent, whose own namespace is the host's then", async () => {
    rmSync(machine.proc('1/ns/net'))
    mkdirSync(machine.proc('1/ns/net'))
    mkdirSync(machine.proc('self/ns'), { recursive: true })
    symlinkSync('net:[4026531842]', machine.proc('self/ns/net'))
    const { groups, failures } = await machine.scraper('v2').scrape()
    expect(failures).toEqual([])
    const lines = linesOf({ groups })
    expect(Object.keys(lines).toSorted()).toEqual(['a', 'b', 'c', 'pod'])
    expect(lines['a']!.join()).not.toContain('network')
  })

  it('may end while its cgroup is still there', async () => {
    rmSync(machine.proc('100'), { recursive: true })
    const { groups, failures } = await machine.scraper('v2').scrape()
    expect(failures).toEqual([])
    expect(linesOf({ groups })['a']).toEqual(USED.filter((line) => !/uptime|network/.test(line)))
  })

  it('that is gone is forgotten, and one that comes back counts anew', async () => {
    const scraper = machine.scraper('v2', { select: [{ container: ID['a'] }] })
    const folder = join(machine.folder, 'v2/system.slice', `docker-${ID['a']}.scope`)
    await scraper.scrape()
    renameSync(folder, join(machine.folder, 'away'))
    expect((await scraper.scrape()).groups).toEqual([])
    renameSync(join(machine.folder, 'away'), folder)
    machine.nowMs += 10_000
    expect(linesOf(await scraper.scrape())['a']!.slice(0, 2)).toEqual([
      'container.uptime{} 100',
      'container.cpu.time{user} 2',
    ])
  })

  it('whose files cannot be read is told as a failure, and the others all the same', async () => {
    const file = join(machine.folder, 'v2/system.slice', `docker-${ID['a']}.scope/memory.current`)
    rmSync(file)
    // Reading a folder fails with EISDIR, whoever reads.
    mkdirSync(file)
    const { groups, failures } = await machine.scraper('v2').scrape()
    expect(Object.keys(linesOf({ groups })).toSorted()).toEqual(['b', 'c', 'pod'])
    expect(failures).toMatchObject([{ error: { code: 'EISDIR' } }])
  })
})
