import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

import { describe, expect, it } from 'vitest'

import { startReader } from './reader.js'
import {
  bpfDescriptors,
  cgroupRoot,
  loadObject,
  objectFile,
  packet,
  u32,
  until,
  zero,
} from './support.js'

function startCycles(cycles: number): Worker {
  return new Worker(new URL('./cycle.worker.ts', import.meta.url), {
    workerData: { path: objectFile('ring'), cgroup: cgroupRoot(), cycles },
  })
}

function bpfMappings(): number {
  return (readFileSync('/proc/self/maps', 'utf8').match(/anon_inode:bpf-map/g) ?? []).length
}

describe('a worker thread', () => {
  it('opens, loads and attaches for itself, and leaves nothing when it ends', async () => {
    const worker = startCycles(3)
    const [code] = await once(worker, 'exit')
    expect(code).toBe(0)
    expect(bpfDescriptors()).toEqual([])
    expect(bpfMappings()).toBe(0)
  })

  it('drains a ring that the main thread fills, without a loss', async () => {
    using object = loadObject('ring')
    const reader = await startReader(object.map('events'))
    object.map('order').update(zero, u32(100, 200, 0))
    for (let round = 0; round < 500; round++) object.testRun('fill_ring', { data: packet })
    const { records } = await reader.stop()
    const bss = object.map('ring.bss').lookup(zero)
    const [written, refused] = [bss?.readBigUInt64LE(0), bss?.readBigUInt64LE(8)]
    expect(Number(written) + Number(refused)).toBe(50_000)
    expect(records).toEqual(Array.from({ length: Number(written) }, (_, i) => i))
  })

  it('can be terminated while it drains', async () => {
    using object = loadObject('ring')
    const events = object.map('events')
    object.map('order').update(zero, u32(100, 200, 0))
    const before = bpfDescriptors().length
    for (let round = 0; round < 10; round++) {
      const reader = await startReader(events)
      expect(bpfMappings()).toBeGreaterThan(0)
      object.testRun('fill_ring', { data: packet, repeat: 1 + round })
      await reader.terminate()
    }
    expect(bpfDescriptors().length).toBe(before)
    expect(bpfMappings()).toBe(0)
  })

  it('can be terminated while it opens, loads and attaches', async () => {
    for (let round = 0; round < 20; round++) {
      const worker = startCycles(1_000_000)
      await once(worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, round))
      await worker.terminate()
    }
    await until(() => bpfDescriptors().length === 0, 'nothing of the workers is left')
    expect(bpfMappings()).toBe(0)
  })
})
