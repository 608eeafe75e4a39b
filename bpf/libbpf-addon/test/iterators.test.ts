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
