import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NO_CGROUP, NO_OWNER } from './container.ts'
import { parseResourceAttributes, readProcess, readStartTime } from './process_info.ts'

let proc: string

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'proc-'))
})
afterEach(() => rmSync(proc, { recursive: true }))

/** Writes what /proc would say of process 42. */
function write(files: Record<string, string>, executable?: string): void {
  mkdirSync(join(proc, '42'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(proc, '42', name), text)
  if (executable !== undefined) symlinkSync(executable, join(proc, '42', 'exe'))
}

const STAT = `42 (a) S) R 1 42 42 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 8675309 1000 200\n`

describe('a process', () => {
  it('is read from /proc', () => {
    write(
      {
        stat: STAT,
        cmdline: 'nginx: master process\0-g\0daemon off;\0',
        cgroup: '12:cpu:/v1\n0::/system.slice/nginx.service\n',
        environ: 'A=b\0OTEL_SERVICE_NAME=shop\0OTEL_RESOURCE_ATTRIBUTES=team=a,x=%2C\0',
      },
      '/usr/sbin/nginx (deleted)',
    )
    expect(readProcess(42, proc)).toEqual({
      executable: '/usr/sbin/nginx',
      arguments: ['nginx: master process', '-g', 'daemon off;'],
      cgroup: {
        path: '/system.slice/nginx.service',
        owner: { ...NO_OWNER, unit: 'nginx.service' },
      },
      startTime: '8675309',
      otelServiceName: 'shop',
      resourceAttributes: { team: 'a', x: ',' },
    })
  })

  it('has empty fields where it may not be read', () => {
    write({ stat: STAT })
    expect(readStartTime(42, proc)).toBe('8675309')
    expect(readProcess(42, proc)).toEqual({
      executable: '',
      arguments: [],
      cgroup: NO_CGROUP,
      startTime: '8675309',
      otelServiceName: '',
      resourceAttributes: {},
    })
  })

  it('that is gone, and number 0, are none', () => {
    expect(readProcess(42, proc)).toBeUndefined()
    expect(readProcess(0, proc)).toBeUndefined()
    expect(readStartTime(42, proc)).toBe('')
  })

  it('is not told apart from one whose variables only begin alike', () => {
    write({ stat: STAT, environ: 'OTEL_SERVICE_NAMES=x\0XOTEL_SERVICE_NAME=y\0' })
    expect(readProcess(42, proc)?.otelServiceName).toBe('')
  })

  it('is found on this machine as it was started', async () => {
    const env = { OTEL_SERVICE_NAME: 'child', PATH: process.env['PATH'] }
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', 'word'], { env })
    await new Promise((resolve) => child.once('spawn', resolve))
    try {
      const info = readProcess(child.pid as number)
      expect(info?.otelServiceName).toBe('child')
      expect(info?.arguments.slice(1)).toEqual(['-e', 'process.stdin.resume()', 'word'])
      expect(info?.executable).toBe(process.execPath)
      expect(info?.startTime).toMatch(/^\d+$/)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('OTEL_RESOURCE_ATTRIBUTES', () => {
  it.each([
    ['', {}],
    ['a=b', { a: 'b' }],
    [' a = b , c = d ', { a: 'b', c: 'd' }],
    ['a=b,', { a: 'b' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=%20%C3%A4%2C', { a: ' ä,' }],
    ['a%2Eb=c', { 'a.b': 'c' }],
    ['a=1,a=2', { a: '2' }],
  ])('%j is read', (text, attributes) => {
    expect(parseResourceAttributes(text)).toEqual(attributes)
  })

  it.each(['a', '=b', 'a=b,c', 'a=b,=d', 'a=%zz', 'a=b,c=%'])(
    '%j breaks the form and gives nothing at all',
    (text) => expect(parseResourceAttributes(text)).toEqual({}),
  )

  it('pollutes no prototype', () => {
    parseResourceAttributes('__proto__=x,constructor=y')
    expect(({} as { x?: string }).x).toBeUndefined()
    expect({}.constructor).toBe(Object)
  })
})
