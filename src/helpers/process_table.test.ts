import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Resource } from '../pdata/resource.ts'
import { CgroupTable } from './cgroup_table.ts'
import { ProcessTable } from './process_table.ts'

let proc: string
let nowMs: number
let table: ProcessTable

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'proc-'))
  nowMs = 0
  table = tableOf(16)
})
afterEach(() => rmSync(proc, { recursive: true }))

function tableOf(limit: number): ProcessTable {
  const cgroups = new CgroupTable({ root: () => join(proc, 'cgroups'), now: () => nowMs })
  return new ProcessTable({ limit, proc, host: 'node-1', now: () => nowMs, cgroups })
}

/** A process begins to run. */
function run(
  pid: number,
  executable: string,
  startTime: number,
  environ = '',
  cgroup = '0::/',
): void {
  end(pid)
  mkdirSync(join(proc, String(pid)))
  const stat = `${pid} (x) R ${'0 '.repeat(18)}${startTime} 0`
  writeFileSync(join(proc, String(pid), 'stat'), stat)
  writeFileSync(join(proc, String(pid), 'environ'), environ)
  writeFileSync(join(proc, String(pid), 'cgroup'), `${cgroup}\n`)
  symlinkSync(executable, join(proc, String(pid), 'exe'))
}

function end(pid: number): void {
  rmSync(join(proc, String(pid)), { recursive: true, force: true })
}

/** Makes a cgroup and returns its id. */
function makeCgroup(path: string): number {
  mkdirSync(join(proc, 'cgroups', path), { recursive: true })
  return statSync(join(proc, 'cgroups', path)).ino
}

/** What the table says of a record of a process, sent by a thread of that name. */
function resource(pid: number, comm: string, cgroupId = 0): Resource {
  const words = Buffer.from(comm.padEnd(8, '\0'))
  table.refresh()
  return table.resourceOf(
    {
      pid: () => pid,
      commWord: (_, part) => words.readInt32LE(part * 4),
      comm: () => comm,
      cgroupId: () => cgroupId,
    },
    0,
  )
}

const name = (pid: number, comm: string, cgroupId?: number): unknown =>
  resource(pid, comm, cgroupId).attributes['service.name']

describe('the resource of a process', () => {
  it('says what it is', () => {
    run(7, '/usr/sbin/nginx', 100)
    expect(resource(7, 'nginx').attributes).toEqual({
      'service.name': 'nginx',
      'process.pid': 7,
      'process.executable.name': 'nginx',
      'process.executable.path': '/usr/sbin/nginx',
      'service.instance.id': expect.stringMatching(
        /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      ),
      'host.name': 'node-1',
      'os.type': 'linux',
    })
  })

  it('has what its environment says over what is found, and OTEL_SERVICE_NAME over all', () => {
    const attributes = 'OTEL_RESOURCE_ATTRIBUTES=service.name=a,host.name=b,team=c'
    run(7, '/bin/x', 100, attributes)
    run(8, '/bin/x', 100, `${attributes}\0OTEL_SERVICE_NAME=d`)
    expect(resource(7, 'x').attributes).toMatchObject({
      'service.name': 'a',
      'host.name': 'b',
      team: 'c',
    })
    expect(resource(8, 'x').attributes).toMatchObject({ 'service.name': 'd', 'host.name': 'b' })
  })

  it('is named by the record where it was gone before it was read, and by nothing without one', () => {
    expect(resource(7, 'curl').attributes).toEqual({
      'service.name': 'curl',
      'process.pid': 7,
      'process.executable.name': 'curl',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
    expect(resource(0, '').attributes).toEqual({
      'service.name': 'unknown_service',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
  })

  it('is the same each time, also once the process is gone', () => {
    run(7, '/bin/shop', 100)
    const first = resource(7, 'shop')
    expect(resource(7, 'shop')).toBe(first)
    nowMs = 60_000
    expect(resource(7, 'shop')).toBe(first)
    end(7)
    nowMs = 120_000
    expect(resource(7, 'shop')).toBe(first)
  })

  it('is the same for all its threads, whatever their names', () => {
    run(7, '/usr/bin/envoy', 100)
    const first = resource(7, 'envoy')
    for (let i = 0; i < 200; i++) expect(resource(7, `wrk:${i % 100}`)).toBe(first)
    nowMs = 60_000
    for (let i = 0; i < 200; i++) expect(resource(7, `wrk:${i % 100}`)).toBe(first)
  })

  it('is looked for once for each name of a thread, and not again for ten seconds', () => {
    run(7, '/usr/bin/envoy', 100)
    resource(7, 'envoy')
    resource(7, 'worker')
    run(7, '/usr/bin/other', 200)
    nowMs = 9_999
    expect([name(7, 'envoy'), name(7, 'worker'), name(7, 'envoy')]).toEqual([
      'envoy',
      'envoy',
      'envoy',
    ])
    nowMs = 10_000
    expect([name(7, 'worker'), name(7, 'envoy')]).toEqual(['other', 'other'])
  })
})

it('does not read a process again for each of very many names of its threads', () => {
  run(7, '/usr/bin/envoy', 100)
  for (let i = 0; i < 64; i++) resource(7, `wrk:${i}`)
  run(7, '/usr/bin/other', 200)
  expect(name(7, 'wrk:64')).toBe('envoy')
  nowMs = 10_000
  expect(name(7, 'wrk:65')).toBe('other')
})

describe('a process that is gone', () => {
  it('is named after the cgroup of its socket', () => {
    const cgroup = makeCgroup('system.slice/cron.service')
    expect(resource(7, 'curl', cgroup).attributes).toEqual({
      'service.name': 'cron',
      'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/),
      'process.pid': 7,
      'process.executable.name': 'curl',
      'systemd.unit.name': 'cron.service',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
  })

  it('is named after it as soon as it is found', () => {
    pauseWalks()
    const cgroup = makeCgroup('system.slice/late.service')
    const first = resource(7, 'curl', cgroup)
    expect(first.attributes['service.name']).toBe('curl')
    nowMs = 999
    expect(resource(7, 'curl', cgroup)).toBe(first)
    nowMs = 1000
    expect(name(7, 'curl', cgroup)).toBe('late')
    const none = resource(8, 'curl', 54321)
    nowMs = 60_000
    expect(resource(8, 'curl', 54321)).toBe(none)
  })

  it('is not the one of the same name whose socket was of another cgroup', () => {
    const [a, b] = [makeCgroup('a.service'), makeCgroup('b.service')]
    expect([name(7, 'curl', a), name(7, 'curl', b), name(7, 'curl', b)]).toEqual(['a', 'b', 'b'])
  })
})

describe('a process that lives', () => {
  it('is judged by its own cgroup, whichever its sockets were made in', () => {
    const [a, b] = [makeCgroup('a.service'), makeCgroup('b.service')]
    run(7, '/bin/x', 100, '', '0::/system.slice/c.service')
    const first = resource(7, 'x', a)
    expect(first.attributes['service.name']).toBe('c')
    run(7, '/bin/y', 200)
    expect(resource(7, 'x', b)).toBe(first)
  })

  it('is seen to have moved to another within ten seconds', () => {
    run(7, '/bin/x', 100, '', '0::/system.slice/c.service')
    resource(7, 'x')
    run(7, '/bin/x', 100, '', '0::/system.slice/d.service')
    nowMs = 9_999
    expect(name(7, 'x')).toBe('c')
    nowMs = 10_000
    expect(name(7, 'x')).toBe('d')
  })

  it('is in the container that a v1 hierarchy says', () => {
    const id = '4f'.repeat(32)
    run(7, '/bin/x', 100, '', `4:memory:/docker/${id}\n0::/`)
    expect(resource(7, 'x').attributes).toMatchObject({
      'container.id': id,
      'container.runtime.name': 'docker',
    })
  })
})

describe('a socket whose process is not known', () => {
  it('is named after its cgroup', () => {
    const cgroup = makeCgroup('system.slice/shop.service')
    const first = resource(0, '', cgroup)
    expect(first.attributes).toEqual({
      'service.name': 'shop',
      'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/),
      'systemd.unit.name': 'shop.service',
      'host.name': 'node-1',
      'os.type': 'linux',
    })
    nowMs = 60_000
    expect(resource(0, '', cgroup)).toBe(first)
    expect(name(0, '', makeCgroup('b.service'))).toBe('b')
  })

  it('is looked for again after a second where the cgroup may not have been seen yet', () => {
    pauseWalks()
    const cgroup = makeCgroup('late.service')
    const first = resource(0, '', cgroup)
    expect(first.attributes['service.name']).toBe('unknown_service')
    nowMs = 999
    expect(resource(0, '', cgroup)).toBe(first)
    nowMs = 1000
    expect(name(0, '', cgroup)).toBe('late')
    const none = resource(0, '', 12345)
    nowMs = 20_000
    expect(resource(0, '', 12345)).toBe(none)
  })
})

/** After so many looks in a row the hierarchy is left alone for a while. */
function pauseWalks(): void {
  for (let id = 12345; id < 12345 + 26; id++) expect(name(0, '', id)).toBe('unknown_service')
}

describe('a pid that is used again', () => {
  beforeEach(() => {
    run(7, '/bin/shop', 100)
    resource(7, 'shop')
  })

  it('is noticed at once by another name', () => {
    run(7, '/bin/bank', 200)
    expect(name(7, 'bank')).toBe('bank')
  })

  it('is noticed at once by another name although that process is gone as well', () => {
    end(7)
    expect(name(7, 'curl')).toBe('curl')
  })

  it('is noticed within ten seconds under the same name', () => {
    const first = resource(7, 'shop')
    run(7, '/bin/shop', 200)
    nowMs = 9_999
    expect(resource(7, 'shop')).toBe(first)
    nowMs = 10_000
    const second = resource(7, 'shop')
    expect(second).not.toBe(first)
    expect(resource(7, 'shop')).toBe(second)
  })

  it('is noticed where the first process was gone before it was read', () => {
    expect(name(9, 'curl')).toBe('curl')
    run(9, '/opt/curl-9', 300)
    nowMs = 10_000
    expect(name(9, 'curl')).toBe('curl-9')
  })

  it('is told apart from a process that has begun to run another program', () => {
    run(7, '/bin/bank', 100)
    expect(name(7, 'bank')).toBe('bank')
  })
})

it('keeps as many processes as it may; the one read longest ago makes room', () => {
  table = tableOf(2)
  const [one, two] = [resource(1, 'one'), resource(2, 'two')]
  expect(resource(1, 'one')).toBe(one)
  resource(3, 'three')
  expect(resource(2, 'two')).toBe(two)
  expect(resource(1, 'one')).not.toBe(one)
})

it('keeps as many cgroups as it may', () => {
  table = tableOf(2)
  const ids = ['a', 'b', 'c'].map((letter) => makeCgroup(`${letter}.service`))
  const [a, b, c] = ids.map((id) => resource(0, '', id))
  expect([resource(0, '', ids[1]), resource(0, '', ids[2])]).toEqual([b, c])
  expect(resource(0, '', ids[0])).not.toBe(a)
})
