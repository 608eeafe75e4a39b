import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Resource } from '../pdata/resource.ts'
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
  return new ProcessTable({ limit, proc, host: 'node-1', now: () => nowMs })
}

/** A process begins to run. */
function run(pid: number, executable: string, startTime: number, environ = ''): void {
  end(pid)
  mkdirSync(join(proc, String(pid)))
  const stat = `${pid} (x) R ${'0 '.repeat(18)}${startTime} 0`
  writeFileSync(join(proc, String(pid), 'stat'), stat)
  writeFileSync(join(proc, String(pid), 'environ'), environ)
  symlinkSync(executable, join(proc, String(pid), 'exe'))
}

function end(pid: number): void {
  rmSync(join(proc, String(pid)), { recursive: true, force: true })
}

/** What the table says of a record of a process, sent by a thread of that name. */
function resource(pid: number, comm: string): Resource {
  const words = Buffer.from(comm.padEnd(8, '\0'))
  table.refresh()
  return table.resourceOf(
    { pid: () => pid, commWord: (_, part) => words.readInt32LE(part * 4), comm: () => comm },
    0,
  )
}

const name = (pid: number, comm: string): unknown => resource(pid, comm).attributes['service.name']

describe('the resource of a process', () => {
  it('says what it is', () => {
    run(7, '/usr/sbin/nginx', 100)
    expect(resource(7, 'nginx').attributes).toEqual({
      'service.name': 'nginx',
      'process.pid': 7,
      'process.executable.name': 'nginx',
      'process.executable.path': '/usr/sbin/nginx',
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
