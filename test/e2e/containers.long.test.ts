import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { type ContainerCgroup, makeContainerCgroup } from '../kit/container_cgroups.ts'
import { cleansUp, eventually, isRoot, tempDir } from '../kit/fixtures.ts'
import { twoHosts } from '../kit/hosts.ts'
import { decodeJsonRequest, points, type PointView } from '../kit/otlp.ts'
import { start } from '../kit/processes.ts'

cleansUp()

/** Containers of their own for each test. */
const [BUSY, IDLE, LIMITED] = ['c0ffee', 'c0ffef', 'c0fff0'].map((id) => id.padEnd(64, '0')) as [
  string,
  string,
  string,
]

/** Starts an agent that tells of that container; returns all that it has told so far. */
async function watch(
  id: string,
): Promise<{ told: () => PointView[]; stop: () => Promise<unknown> }> {
  const path = join(tempDir('containers'), 'metrics.jsonl')
  const agent = await startAgent(`
receivers: { container_stats: { collection_interval: 300ms, initial_delay: 0s, select: [{ container: '${id}' }] } }
exporters: { file: { path: ${path}, flush_interval: 0s } }
service: { pipelines: { metrics: { receivers: [container_stats], exporters: [file] } } }
`)
  const told = (): PointView[] => {
    const text = readFileSync(path, 'utf8')
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
    return lines.flatMap((line) => points(decodeJsonRequest('metrics', line)))
  }
  return { told, stop: agent.stop }
}

/** The last value of a metric; of several series with such attributes, their sum. */
function last(told: readonly PointView[], metric: string, attributes: object = {}): number {
  const wanted = told.filter(
    (point) =>
      point.metric === metric &&
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
  )
  const timeNs = wanted.at(-1)?.timeNs
  const values = wanted.filter((point) => point.timeNs === timeNs).map(({ value }) => Number(value))
  return values.reduce((sum, value) => sum + value, 0)
}

/** A number that the kernel writes in a file of the container's cgroups. */
function truth({ folders }: ContainerCgroup, v1: string, v2: string): number {
  const [controller = '', file = ''] = v1.split('/')
  const folder = folders.get(controller)
  if (folder !== undefined) return Number(readFileSync(join(folder, file), 'utf8'))
  const [name, key] = v2.split('#')
  const text = readFileSync(join(folders.get('unified')!, name!), 'utf8')
  const value = key === undefined ? text : new RegExp(`^${key} (\\d+)`, 'm').exec(text)![1]
  return Number(value)
}

/** Makes a controller of v1 count writes, which newer kernels do only where there is a limit. */
function countWrites({ folders }: ContainerCgroup, onto: string): void {
  const blkio = folders.get('blkio')
  if (blkio === undefined) return
  const { dev } = statSync(onto)
  const device = `${dev >> 8}:${dev & 0xff}`
  writeFileSync(join(blkio, 'blkio.throttle.write_bps_device'), `${device} ${10 ** 11}`)
}

/** A program that sends so many datagrams of 1000 bytes. */
function datagrams(count: number, to: string): string {
  return `
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for _ in range(${count}): sender.sendto(b'x' * 1000, ('${to}', 9))
`
}

describe.skipIf(!isRoot())('a container of this machine', () => {
  it('has the CPU time of a loop, the memory, the threads and the writes that it really had', async () => {
    const cgroup = makeContainerCgroup(BUSY)
    const file = join(tempDir('written'), 'file')
    const program = `
import os, threading, time
time.sleep(0.5)
kept = bytearray(os.urandom(1 << 20)) * 64
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
os.system('dd if=/dev/zero of=${file} bs=1M count=8 oflag=direct 2>/dev/null')
end = time.process_time() + 1.5
while time.process_time() < end: pass
print('done', time.process_time(), flush=True)
time.sleep(60)
`
    countWrites(cgroup, dirname(file))
    const { told, stop } = await watch(BUSY)
    const loop = await start('python3', ['-c', program])
    cgroup.enter(loop.pid)
    await loop.waitForOutput(/done [\d.]+\n/, { timeoutMs: 30_000 })
    const used = Number(/done ([\d.]+)/.exec(loop.stdout)![1])
    // The loop sleeps now, so that nothing changes any more but for what it is told late.
    await eventually(
      () => {
        const now = told()
        const cpu = last(now, 'container.cpu.time')
        const kernel = cgroup.folders.has('cpuacct')
          ? truth(cgroup, 'cpuacct/cpuacct.usage', '') / 1e9
          : truth(cgroup, '/', 'cpu.stat#usage_usec') / 1e6
        expect(Math.abs(cpu - kernel)).toBeLessThan(0.03)
        expect(cpu).toBeGreaterThan(1.5)
        expect(cpu).toBeLessThan(used + 0.5)
        expect(last(now, 'container.memory.usage')).toBeGreaterThan(64 * 2 ** 20)
        const usage = truth(cgroup, 'memory/memory.usage_in_bytes', 'memory.current')
        expect(Math.abs(last(now, 'container.memory.usage') - usage)).toBeLessThan(4 * 2 ** 20)
        expect(last(now, 'container.memory.rss')).toBeGreaterThan(64 * 2 ** 20)
        expect(last(now, 'waggle.container.threads')).toBe(2)
        const write = { 'disk.io.direction': 'write' }
        expect(last(now, 'container.disk.io', write)).toBe(8 * 2 ** 20)
        // A file may lie in pieces.
        expect(last(now, 'waggle.container.disk.operations', write)).toBeGreaterThanOrEqual(8)
      },
      { timeoutMs: 10_000 },
    )
    expect(truth(cgroup, 'pids/pids.current', 'pids.current')).toBe(2)
    expect(told().at(-1)!.resource).toMatchObject({
      'container.id': BUSY,
      'container.runtime.name': 'docker',
    })
    await loop.stop()
    await stop()
  })

  it('has the network of its namespace', async () => {
    const [one, two] = await twoHosts()
    const cgroup = makeContainerCgroup(IDLE)
    const { told, stop } = await watch(IDLE)
    const idle = await one.start('sleep', ['60'])
    cgroup.enter(idle.pid)
    await one.run('python3', ['-c', datagrams(20, two.ipv4)])
    await two.run('python3', ['-c', datagrams(30, one.ipv4)])
    const [, received, sent] = /eth0: *(\d+)(?: +\d+){7} +(\d+)/.exec(
      (await one.run('cat', ['/proc/net/dev'])).stdout,
    )!
    await eventually(
      () => {
        const io = (direction: string): number =>
          last(told(), 'container.network.io', { 'network.io.direction': direction })
        // The neighbours may still look for each other.
        expect(io('receive')).toBeGreaterThanOrEqual(Number(received))
        expect(io('receive')).toBeLessThan(Number(received) + 1000)
        expect(io('transmit')).toBeGreaterThanOrEqual(Number(sent))
        expect(io('transmit')).toBeLessThan(Number(sent) + 1000)
      },
      { timeoutMs: 10_000 },
    )
    expect(Number(received)).toBeGreaterThan(30 * 1000)
    expect(Number(sent)).toBeGreaterThan(20 * 1000)
    await idle.stop()
    await stop()
  })

  it('has its limits, the time that was withheld, and the process that memory ran out for', async () => {
    const cgroup = makeContainerCgroup(LIMITED)
    limit(cgroup)
    const program = `
import time
time.sleep(0.5)
end = time.process_time() + 0.2
while time.process_time() < end: pass
kept = b'x' * (256 << 20)
`
    const { told, stop } = await watch(LIMITED)
    const victim = await start('python3', ['-c', program])
    cgroup.enter(victim.pid)
    await victim.exited
    const stat = join(folderOf(cgroup, 'cpu'), 'cpu.stat')
    const numberOf = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)`, 'm').exec(readFileSync(stat, 'utf8'))?.[1])
    await eventually(
      () => {
        const now = told()
        expect(last(now, 'waggle.container.memory.oom_kills')).toBe(1)
        expect(last(now, 'waggle.container.memory.limit')).toBe(64 * 2 ** 20)
        expect(last(now, 'waggle.container.cpu.limit')).toBe(0.2)
        const periods = numberOf('nr_throttled')
        expect(periods).toBeGreaterThan(0)
        expect(last(now, 'waggle.container.cpu.throttled.periods')).toBe(periods)
        // Version 1 counts it in nanoseconds.
        const nanoseconds = numberOf('throttled_time')
        const seconds = nanoseconds >= 0 ? nanoseconds / 1e9 : numberOf('throttled_usec') / 1e6
        expect(last(now, 'waggle.container.cpu.throttled.time')).toBeCloseTo(seconds, 6)
      },
      { timeoutMs: 10_000 },
    )
    await stop()
  })
})

/** A fifth of a CPU and 64 MiB, none of them swapped out. */
function limit(cgroup: ContainerCgroup): void {
  const write = (name: string, file: string, text: string): void =>
    writeFileSync(join(folderOf(cgroup, name), file), text)
  if (cgroup.folders.has('cpu')) {
    write('cpu', 'cpu.cfs_period_us', '50000')
    write('cpu', 'cpu.cfs_quota_us', '10000')
  } else write('cpu', 'cpu.max', '10000 50000')
  if (cgroup.folders.has('memory')) {
    write('memory', 'memory.limit_in_bytes', String(64 * 2 ** 20))
  } else {
    write('memory', 'memory.max', String(64 * 2 ** 20))
    write('memory', 'memory.swap.max', '0')
  }
}

function folderOf({ folders }: ContainerCgroup, controller: string): string {
  return folders.get(controller) ?? folders.get('unified')!
}
