import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { fileURLToPath } from 'node:url'

import { BpfObject, type RingBuffer } from '../lib/index.js'

export const addonFolder = fileURLToPath(new URL('..', import.meta.url))

mkdirSync(`${addonFolder}/build`, { recursive: true })
// Test files run at the same time; only one may build.
execFileSync('flock', ['build/lock', 'make', '-s', 'all', 'test-objects'], { cwd: addonFolder })

export function objectFile(name: string): string {
  return `${addonFolder}/build/test/${name}.bpf.o`
}

export function openObject(name: string): BpfObject {
  return BpfObject.open(objectFile(name))
}

export function loadObject(name: string): BpfObject {
  const object = openObject(name)
  object.load()
  return object
}

export const packet = Buffer.alloc(64)
export const zero = u32(0)

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4))
  return bytes
}

/** Where cgroup v2 is mounted, beside v1 controllers or alone. */
export function cgroupRoot(): string {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const path = mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4]
  if (path === undefined) throw new Error('no cgroup v2 is mounted')
  return path
}

/** The tracepoint kind of attachment reads ids from tracefs. */
export function ensureTracefs(): void {
  if (existsSync('/sys/kernel/tracing/events')) return
  execFileSync('mount', ['-t', 'tracefs', 'tracefs', '/sys/kernel/tracing'])
}

/** One TCP connection over loopback, opened, used and closed. */
export async function connectOnce(): Promise<void> {
  const server = createServer((socket) => socket.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await new Promise<void>((resolve, reject) => {
    connect(address.port, '127.0.0.1').on('error', reject).on('close', resolve).resume()
  })
  await new Promise((resolve) => server.close(resolve))
}

/** What the file descriptors of this process point to, without those that come and go. */
export function bpfDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return /bpf|perf_event/.test(target) ? [target] : []
    } catch {
      return []
    }
  })
}

export function libcPath(): string {
  const mapped = readFileSync('/proc/self/maps', 'utf8').match(
    /\/\S*\/libc\.so\.6|\/\S*\/libc-\S+\.so/,
  )
  if (mapped === null) throw new Error('this process has no libc mapped')
  return mapped[0]
}

export interface DrainedRecord {
  sequence: number
  bytes: Buffer
}

/** One drain, with a copy of each record. */
export function drainRecords(ring: RingBuffer, bytes = 65536, count = 4096): DrainedRecord[] {
  const into = new Uint8Array(bytes)
  const index = new Uint32Array(count * 2)
  const records = ring.drain(into, index)
  return Array.from({ length: records }, (_, at) => {
    const offset = index[2 * at] ?? 0
    const copy = Buffer.from(into.subarray(offset, offset + (index[2 * at + 1] ?? 0)))
    return { sequence: Number(copy.readBigUInt64LE(0)), bytes: copy }
  })
}

export async function until(
  condition: () => boolean,
  wish: string,
  timeoutMs = 10_000,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`timed out after ${timeoutMs} ms: ${wish}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The error that a call throws, for tests that look at more than its message. */
export function errorOf<Thrown extends Error>(call: () => unknown): Thrown {
  try {
    call()
  } catch (error) {
    if (error instanceof Error) return error as Thrown
  }
  throw new Error('expected an error')
}
