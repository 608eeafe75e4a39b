import { readdirSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { BpfObject } from '../lib/index.js'
import { errorOf, loadObject, u32 } from './support.js'

let object: BpfObject

beforeEach(() => {
  object = loadObject('iterators')
})
afterEach(() => object.close())

describe('an iterator', () => {
  it('finds this process and all its threads', () => {
    const output = object.attachIterator('walk_tasks').read()
    expect(output.length % 8).toBe(0)
    const own: number[] = []
    for (let at = 0; at < output.length; at += 8) {
      if (output.readUInt32LE(at) === process.pid) own.push(output.readUInt32LE(at + 4))
    }
    expect(own).toContain(process.pid)
    expect(own.length).toBe(readdirSync('/proc/self/task').length)
  })

  it('runs anew with each read', () => {
    const iterator = object.attachIterator('walk_elements', { map: 'numbers' })
    expect(iterator.kind).toBe('iterator')
    expect(iterator.read()).toHaveLength(0)
    object.map('numbers').update(u32(3), u32(33))
    expect(iterator.read().equals(u32(3, 33))).toBe(true)
    expect(iterator.read().equals(u32(3, 33))).toBe(true)
  })

  it.each([1, 100, 4096, 65536, 1 << 20])('brings all output in reads of %i bytes', (chunk) => {
    const map = object.map('numbers')
    const count = chunk === 1 ? 500 : 20000
    for (let i = 0; i < count; i++) map.update(u32(i), u32(i * 2))
    const output = object.attachIterator('walk_elements', { map }).read(chunk)
    expect(output.length).toBe(count * 8)
    const keys = new Set<number>()
    for (let at = 0; at < output.length; at += 8) {
      const key = output.readUInt32LE(at)
      keys.add(key)
      if (output.readUInt32LE(at + 4) !== key * 2) throw new Error(`wrong value for ${key}`)
    }
    expect(keys.size).toBe(count)
  })

  const beside = { map: 'beside', recordBytes: 8, markBytes: 16 } as const

  it.each([0, 1, 99, 100, 101, 5000])('brings %i records that lie beside its output', (count) => {
    const map = object.map('numbers')
    for (let i = 0; i < count; i++) map.update(u32(i), u32(i * 2))
    for (let i = 0; i < 200; i++) map.update(u32(2_000_000 + i), u32(1))
    const iterator = object.attachIterator('walk_elements_beside', { map, beside })
    for (const output of [iterator.read(), iterator.read()]) {
      expect(output.length).toBe(count * 8)
      const read = Array.from({ length: count }, (_, i) => output.readUInt32LE(i * 8))
      expect(read.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
      expect(read.map((key) => key * 2)).toEqual(
        Array.from({ length: count }, (_, i) => output.readUInt32LE(i * 8 + 4)),
      )
    }
  })

  it('says what is wrong with the place beside its output', () => {
    const attach = (options: Partial<Record<keyof typeof beside, unknown>>) =>
      errorOf(() =>
        object.attachIterator('walk_elements_beside', {
          map: 'numbers',
          beside: { ...beside, ...options } as typeof beside,
        }),
      )
    expect(attach({ map: 'numbers' }).message).toBe(
      'options.beside.map: expected an array of one entry, received "numbers"',
    )
    expect(attach({ recordBytes: 801 }).message).toBe(
      'options.beside.recordBytes: expected an integer from 1 to 800, received 801',
    )
    expect(attach({ markBytes: 0 }).message).toBe(
      'options.beside.markBytes: expected an integer from 1 to 4096, received 0',
    )
  })

  it('cannot be read once it is closed', () => {
    const iterator = object.attachIterator('walk_tasks')
    iterator.close()
    expect(errorOf(() => iterator.read())).toMatchObject({
      code: 'ERR_CLOSED',
      message: 'iterator "walk_tasks" is closed',
    })
  })

  it('over elements wants a map', () => {
    expect(errorOf(() => object.attachIterator('walk_elements'))).toMatchObject({
      name: 'BpfError',
      operation: 'attach iterator "walk_elements"',
    })
  })
})
