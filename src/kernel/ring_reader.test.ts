import type { RingBuffer } from 'libbpf-addon'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BUFFER_BYTES, type RecordBuffer, RecordBuffers } from './record_buffers.ts'
import { RingReader } from './ring_reader.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('record buffers', () => {
  it('are at most as many as their limit', () => {
    const buffers = new RecordBuffers(2)
    expect(buffers.out).toBe(0)
    const [one, two, three] = [buffers.take(), buffers.take(), buffers.take()]
    expect(one).not.toBe(two)
    expect(three).toBeUndefined()
    expect(buffers.out).toBe(2)
  })

  it('go round', () => {
    const buffers = new RecordBuffers(1)
    const one = buffers.take() as RecordBuffer
    buffers.giveBack(one)
    expect(buffers.out).toBe(0)
    expect(buffers.take()).toBe(one)
  })

  it('have room for records and two numbers about each', () => {
    const { bytes, index } = new RecordBuffers().take() as RecordBuffer
    expect([bytes.length, bytes.byteOffset % 8, index.length % 2]).toEqual([BUFFER_BYTES, 0, 0])
  })
})

/** A ring with so many records waiting, of which a drain takes at most `atOnce`. */
class FakeRing {
  waiting = 0
  looks = 0
  readonly #atOnce: number

  constructor(atOnce = 10) {
    this.#atOnce = atOnce
  }

  available(): number {
    return this.waiting
  }

  drain(): number {
    this.looks++
    const count = Math.min(this.waiting, this.#atOnce)
    this.waiting -= count
    return count
  }
}

/** A reader of a ring, and what it handed on: the buffers, and how many records were in each. */
function readerOf(ring: FakeRing, limit = 64, onRecords?: (reader: RingReader) => void) {
  const taken: RecordBuffer[] = []
  const counts: number[] = []
  const reader: RingReader = new RingReader(
    ring as unknown as RingBuffer,
    (buffer, count) => {
      taken.push(buffer)
      counts.push(count)
      onRecords?.(reader)
    },
    new RecordBuffers(limit),
  )
  return { reader, taken, counts }
}

describe('a ring reader', () => {
  it('hands on all that waits, a buffer at a time', () => {
    const ring = new FakeRing()
    const { reader, counts } = readerOf(ring)
    ring.waiting = 25
    expect(reader.drain()).toBe(25)
    expect(counts).toEqual([10, 10, 5])
  })

  it('leaves in the ring what it has no buffers for, until one is given back', () => {
    const ring = new FakeRing()
    const { reader, taken } = readerOf(ring, 2)
    ring.waiting = 35
    expect(reader.drain()).toBe(20)
    expect(ring.waiting).toBe(15)
    expect(reader.drain()).toBe(0)
    reader.giveBack(taken[0] as RecordBuffer)
    expect(reader.drain()).toBe(10)
    expect(taken[2]).toBe(taken[0])
  })

  it('keeps no buffer for a ring that is empty', () => {
    const { reader, counts } = readerOf(new FakeRing(), 1)
    expect([reader.drain(), reader.drain()]).toEqual([0, 0])
    expect(counts).toEqual([])
  })

  it('looks each 50 ms while records come, and ever less often, down to each 100 ms, while none do', () => {
    const ring = new FakeRing()
    const { reader, counts } = readerOf(ring)
    reader.start()
    for (let i = 0; i < 3; i++) {
      ring.waiting = 1
      vi.advanceTimersByTime(50)
    }
    expect(counts).toEqual([1, 1, 1])
    vi.advanceTimersByTime(50 + 60 + 70 + 80 + 90 + 100)
    ring.looks = 0
    vi.advanceTimersByTime(1000)
    expect(ring.looks).toBe(10)
    ring.waiting = 1
    vi.advanceTimersByTime(100)
    ring.waiting = 1
    vi.advanceTimersByTime(50)
    expect(counts).toHaveLength(5)
  })

  it('remembers for a minute or two how full the ring was at its fullest look', () => {
    const ring = new FakeRing()
    const { reader } = readerOf(ring)
    reader.start()
    ring.waiting = 7
    vi.advanceTimersByTime(50)
    ring.waiting = 3
    vi.advanceTimersByTime(50)
    expect(reader.peak).toBe(7)
    vi.advanceTimersByTime(120_000)
    expect(reader.peak).toBe(0)
    reader.stop()
  })

  it('takes what is left when it stops, and looks no more', () => {
    const ring = new FakeRing()
    const { reader, counts } = readerOf(ring)
    reader.start()
    ring.waiting = 3
    reader.stop()
    expect(counts).toEqual([3])
    ring.looks = 0
    vi.advanceTimersByTime(1000)
    expect(ring.looks).toBe(0)
  })

  it('stays stopped when it is stopped by who gets its records', () => {
    const ring = new FakeRing()
    const { reader, counts } = readerOf(ring, 64, (self) => self.stop())
    reader.start()
    ring.waiting = 3
    vi.advanceTimersByTime(50)
    ring.waiting = 3
    vi.advanceTimersByTime(1000)
    expect(counts).toEqual([3])
  })

  it('may be stopped before it was started, and twice', () => {
    const { reader } = readerOf(new FakeRing())
    reader.stop()
    reader.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
