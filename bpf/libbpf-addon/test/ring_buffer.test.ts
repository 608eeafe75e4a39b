import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type BpfObject, possibleCpus, probeHelper, RingBuffer } from '../lib/index.js'
import { startReader } from './reader.js'
import { drainRecords, loadObject, openObject, packet, u32, zero } from './support.js'

let object: BpfObject
let ring: RingBuffer

beforeEach(() => {
  object = loadObject('ring')
  object.map('scratch').update(zero, scratchOf())
  ring = new RingBuffer(object.map('events'))
})
afterEach(() => object.close())

const lengthMask = 1023
const pattern = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 31 + (i >> 8)) & 255))

function scratchOf(): Buffer {
  return Buffer.concat(Array.from({ length: possibleCpus() }, () => pattern))
}

interface Burst {
  records: number
  length?: number
  discardEach?: number
}

function write({ records, length = 0, discardEach = 0 }: Burst): void {
  object.map('order').update(zero, u32(records, length, discardEach))
  object.testRun('fill_ring', { data: packet })
}

/** [written, refused] as the program counts them. */
function counters(): [number, number] {
  const bss = object.map('ring.bss').lookup(zero)
  return [Number(bss?.readBigUInt64LE(0)), Number(bss?.readBigUInt64LE(8))]
}

/** What the program puts into record `sequence` when it chooses the length. */
function expected(sequence: number): Buffer {
  const length = (17 + ((sequence * 37) % (1003 - 17))) & lengthMask
  const bytes = Buffer.from(pattern.subarray(0, length))
  bytes.writeBigUInt64LE(BigInt(sequence), 0)
  return bytes
}

describe('draining', () => {
  it('copies records in order, each at a multiple of 8', () => {
    write({ records: 20 })
    expect(ring.available()).toBeGreaterThan(0)
    const into = new Uint8Array(65536)
    const index = new Uint32Array(100)
    expect(ring.drain(into, index)).toBe(20)
    for (let i = 0; i < 20; i++) {
      const offset = index[2 * i] ?? 0
      expect(offset % 8).toBe(0)
      const record = into.subarray(offset, offset + (index[2 * i + 1] ?? 0))
      expect(expected(i).equals(record)).toBe(true)
    }
    expect(ring.available()).toBe(0)
    expect(ring.drain(into, index)).toBe(0)
  })

  it('keeps every byte over many laps of the ring, with odd sizes', () => {
    let next = 0
    for (let round = 0; round < 400; round++) {
      write({ records: 1 + ((round * 7) % 90) })
      for (const { sequence, bytes } of drainRecords(ring)) {
        expect(sequence).toBe(next)
        if (!expected(next).equals(bytes)) throw new Error(`record ${next} is damaged`)
        next++
      }
    }
    expect(counters()).toEqual([next, 0])
    expect(next * 500).toBeGreaterThan(65536 * 20)
  })

  it('stops where the buffer is full and goes on there', () => {
    write({ records: 30, length: 100 })
    const sequences: number[] = []
    for (let round = 0; round < 10; round++) {
      // 104 bytes each: three fit, and a fourth without its padding does not.
      const records = drainRecords(ring, 411)
      expect(records.length).toBe(3)
      sequences.push(...records.map((record) => record.sequence))
    }
    expect(sequences).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  it('lets the last record end with the buffer', () => {
    write({ records: 3, length: 100 })
    expect(drainRecords(ring, 204).map(({ bytes }) => bytes.length)).toEqual([100, 100])
    expect(drainRecords(ring, 100)).toHaveLength(1)
  })

  it('stops where the index is full', () => {
    write({ records: 10, length: 100 })
    expect(drainRecords(ring, 65536, 4)).toHaveLength(4)
    expect(drainRecords(ring, 65536, 0)).toHaveLength(0)
    expect(drainRecords(ring)).toHaveLength(6)
  })

  it('skips and counts a record longer than the buffer', () => {
    write({ records: 2, length: 900 })
    write({ records: 1, length: 100 })
    expect(drainRecords(ring, 500).map(({ sequence }) => sequence)).toEqual([2])
    expect(ring.oversized).toBe(2)
  })

  it('skips discarded records', () => {
    write({ records: 30, length: 64, discardEach: 3 })
    expect(drainRecords(ring).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    )
    expect(ring.available()).toBe(0)
  })

  it('leaves what fits into a full ring intact, and the program counts the rest', () => {
    write({ records: 1000, length: 120 })
    const [written, refused] = counters()
    // The kernel never fills the last byte.
    expect(written).toBe(65536 / 128 - 1)
    expect(refused).toBe(1000 - written)
    expect(ring.available()).toBe(written * 128)
    const records = drainRecords(ring)
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: written }, (_, i) => i),
    )
    write({ records: 5, length: 120 })
    expect(drainRecords(ring).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 5 }, (_, i) => written + i),
    )
  })

  it('refuses other arrays', () => {
    // @ts-expect-error not bytes
    expect(() => ring.drain([], new Uint32Array(2))).toThrow('into: expected a Uint8Array')
    // @ts-expect-error not 32 bits
    expect(() => ring.drain(new Uint8Array(8), new Uint16Array(2))).toThrow(
      'index: expected a Uint32Array',
    )
  })

  it.skipIf(probeHelper('cgroup_skb', 'bpf_loop').answer !== 'supported')(
    'waits for a record that a program has not finished',
    async () => {
      object.close()
      object = openObject('ring')
      object.setAutoload('hold_record', true)
      object.setConstant('spins', 60)
      object.load()
      const reader = await startReader(object.map('events'))
      // On a busy machine the reader may sleep through a whole run.
      let runs = 0
      for (; runs < 20 && reader.waited() === 0; runs++) {
        object.testRun('hold_record', { data: packet })
      }
      expect(reader.waited()).toBeGreaterThan(0)
      const { records } = await reader.stop()
      expect(records).toEqual(Array.from({ length: runs }, () => [0, 1]).flat())
    },
  )
})

describe('a ring buffer', () => {
  it('knows its size', () => {
    expect(ring.size).toBe(65536)
  })

  it('can be emptied without reading', () => {
    write({ records: 25, length: 100, discardEach: 5 })
    expect(ring.discard()).toEqual({ records: 25, bytes: 2500 })
    expect(ring.discard()).toEqual({ records: 0, bytes: 0 })
    expect(ring.available()).toBe(0)
  })

  it('needs a map of its type', () => {
    expect(() => new RingBuffer(object.map('order'))).toThrow(
      'map "order": expected a map of type ringbuf, received array',
    )
  })
})
