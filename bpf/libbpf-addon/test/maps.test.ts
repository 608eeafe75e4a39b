import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type BpfError, BpfMap, type BpfObject, type MapBatch, possibleCpus } from '../lib/index.js'
import { errorOf, loadObject, packet, u32, zero } from './support.js'

let object: BpfObject

beforeEach(() => {
  object = loadObject('maps')
})
afterEach(() => object.close())

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function fill(map: BpfMap, count: number): void {
  for (let i = 0; i < count; i++) map.update(u64(i), Buffer.from([i, i >> 8, 7]))
}

/** Checks that each value belongs to its key, and returns the keys in order. */
function keysOf(batches: Iterable<MapBatch>): number[] {
  const keys: number[] = []
  for (const batch of batches) {
    expect(batch.keys.length).toBe(batch.count * 8)
    expect(batch.values.length).toBe(batch.count * 3)
    for (let i = 0; i < batch.count; i++) {
      const key = Number(batch.keys.readBigUInt64LE(i * 8))
      expect([...batch.values.subarray(i * 3, i * 3 + 3)]).toEqual([key & 255, key >> 8, 7])
      keys.push(key)
    }
  }
  return keys.toSorted((a, b) => a - b)
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

describe('a hash map', () => {
  it('describes itself', () => {
    expect(object.map('table')).toMatchObject({
      name: 'table',
      type: 'hash',
      keySize: 8,
      valueSize: 3,
      maxEntries: 10000,
      closed: false,
    })
    expect(object.map('table').fd).toBeGreaterThan(2)
    expect(object.map('table')).toBe(object.map('table'))
  })

  it('gives back what was put in, and undefined for the rest', () => {
    const map = object.map('table')
    map.update(u64(1), Buffer.from('abc'))
    expect(map.lookup(u64(1))?.toString()).toBe('abc')
    expect(map.lookup(u64(2))).toBeUndefined()
    const into = new Uint8Array(3)
    expect(map.lookup(u64(1), into)).toBe(into)
    expect(Buffer.from(into).toString()).toBe('abc')
  })

  it('deletes once', () => {
    const map = object.map('table')
    map.update(u64(1), Buffer.from('abc'))
    expect(map.delete(u64(1))).toBe(true)
    expect(map.delete(u64(1))).toBe(false)
  })

  it('creates or replaces only when told to', () => {
    const map = object.map('table')
    expect(errorOf(() => map.update(u64(1), Buffer.from('abc'), 'exist'))).toMatchObject({
      code: 'ENOENT',
      message: 'update map "table" (mode exist): ENOENT (no such file or directory)',
    })
    map.update(u64(1), Buffer.from('abc'), 'create')
    expect(errorOf(() => map.update(u64(1), Buffer.from('abc'), 'create'))).toMatchObject({
      code: 'EEXIST',
    })
    map.update(u64(1), Buffer.from('xyz'), 'exist')
    expect(map.lookup(u64(1))?.toString()).toBe('xyz')
  })

  it('says what is wrong with a key or value', () => {
    const map = object.map('table')
    expect(() => map.lookup(u32(1))).toThrow('key: expected 8 bytes, received 4 bytes')
    expect(() => map.update(u64(1), Buffer.alloc(4))).toThrow(
      'value: expected 3 bytes, received 4 bytes',
    )
    expect(() => map.lookup(u64(1), new Uint8Array(2))).toThrow(
      'into: expected 3 bytes, received 2 bytes',
    )
    // @ts-expect-error a string is no key
    expect(() => map.delete('k')).toThrow("key: expected a Uint8Array of 8 bytes, received 'k'")
    // @ts-expect-error no such mode
    expect(() => map.update(u64(1), Buffer.alloc(3), 'replace')).toThrow(
      'mode: expected one of "any", "create", "exist", received \'replace\'',
    )
  })

  it('is full at some point', () => {
    const map = object.map('table')
    fill(map, 10000)
    expect(errorOf<BpfError>(() => map.update(u64(10000), Buffer.alloc(3))).code).toBe('E2BIG')
  })

  it('walks its keys', () => {
    const map = object.map('table')
    expect([...map.keys()]).toEqual([])
    fill(map, 500)
    const keys = [...map.keys()].map((key) => Number(key.readBigUInt64LE(0)))
    expect(keys.toSorted((a, b) => a - b)).toEqual(upTo(500))
  })
})

describe('batches', () => {
  it.each([1, 7, 64, 1024, 20000])('of %i bring every entry once', (maxItems) => {
    const map = object.map('table')
    fill(map, 3000)
    expect(keysOf(map.lookupBatch(maxItems))).toEqual(upTo(3000))
  })

  it('of an empty map are none', () => {
    expect([...object.map('table').lookupBatch()]).toEqual([])
  })

  it('have buffers of their own', () => {
    const map = object.map('table')
    fill(map, 100)
    expect(keysOf([...map.lookupBatch(16)])).toEqual(upTo(100))
  })

  it('can remove what they return', () => {
    const map = object.map('table')
    fill(map, 3000)
    expect(keysOf(map.lookupAndDeleteBatch(100))).toEqual(upTo(3000))
    expect([...map.keys()]).toEqual([])
  })

  it('of an array come in order', () => {
    const map = object.map('list')
    for (let i = 0; i < 16; i++) map.update(u32(i), u64(i * i))
    const batches = [...map.lookupBatch(5)]
    expect(batches.map((batch) => batch.count)).toEqual([5, 5, 5, 1])
    const values = Buffer.concat(batches.map((batch) => batch.values))
    expect(values.readBigUInt64LE(15 * 8)).toBe(225n)
  })

  it('of a map that has none are walked key by key', () => {
    // A queue has no keys either, so the walk fails; that it is tried is what shows.
    const map = object.map('line')
    expect(() => [...map.lookupBatch()]).toThrow(
      /^walk the keys of map "line": (EINVAL|EOPNOTSUPP|ENOTSUPP) /,
    )
  })

  it('refuse a senseless size at once', () => {
    expect(() => object.map('table').lookupBatch(0)).toThrow(
      'maxItems: expected an integer from 1 to 16777216, received 0',
    )
  })
})

describe('a per-CPU map', () => {
  it('has one value for each possible CPU, each at a multiple of 8', () => {
    const map = object.map('runs_per_cpu')
    expect(map.valueSize).toBe(8 * possibleCpus())
    object.testRun('count_run', { data: packet, repeat: 123 })
    const values = map.lookup(zero)
    let runs = 0
    for (let cpu = 0; cpu < possibleCpus(); cpu++) runs += values?.readUInt32LE(cpu * 8) ?? 0
    expect(runs).toBe(123)
  })

  it('comes in batches too', () => {
    const map = object.map('table_per_cpu')
    for (let i = 0; i < 50; i++) map.update(u32(i), Buffer.alloc(map.valueSize, i))
    const batches = [...map.lookupBatch(7)]
    expect(batches.reduce((sum, batch) => sum + batch.count, 0)).toBe(50)
    const [first] = batches
    expect(first?.values.length).toBe((first?.count ?? 0) * map.valueSize)
    const key = first?.keys.readUInt32LE(0)
    expect(first?.values[map.valueSize - 8]).toBe(key)
  })
})

describe('an LRU hash map', () => {
  it('makes room by itself', () => {
    const map = object.map('recent')
    for (let i = 0; i < 1000; i++) map.update(u32(i), u32(i))
    const count = [...map.keys()].length
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(128)
    expect(map.lookup(u32(999))?.readUInt32LE(0)).toBe(999)
  })
})

describe('a map opened by its descriptor', () => {
  it('is the same map, and outlives the object', () => {
    const map = object.map('table')
    const copy = BpfMap.fromFd(map.fd)
    expect(copy).toMatchObject({ name: 'table', type: 'hash', keySize: 8, valueSize: 3 })
    expect(copy.fd).not.toBe(map.fd)
    map.update(u64(5), Buffer.from('abc'))
    object.close()
    expect(copy.lookup(u64(5))?.toString()).toBe('abc')
    copy.close()
  })

  it('is refused when it is no map', () => {
    expect(errorOf(() => BpfMap.fromFd(1))).toMatchObject({ name: 'BpfError', code: 'EINVAL' })
    expect(errorOf(() => BpfMap.fromFd(99999))).toMatchObject({
      message: expect.stringMatching(/^open map from fd 99999: EBADFD? \(/),
    })
  })
})
