import { expect, it } from 'vitest'
import { Interned } from './interned.ts'

it('gives the same object for the same key', () => {
  const objects = new Interned<object>()
  const make = () => ({})
  const first = objects.get('a', make)
  expect(objects.get('a', make)).toBe(first)
  expect(objects.get('b', make)).not.toBe(first)
})

it('forgets what was not asked for in longest', () => {
  const objects = new Interned<object>()
  const make = () => ({})
  const [a, b] = [objects.get('a', make), objects.get('b', make)]
  for (let i = 0; i < 1022; i++) objects.get(`other ${i}`, make)
  expect(objects.get('a', make)).toBe(a)
  objects.get('one more', make)
  expect(objects.get('a', make)).toBe(a)
  expect(objects.get('b', make)).not.toBe(b)
})

it('does not keep what has a long key', () => {
  const objects = new Interned<object>()
  const make = () => ({})
  const key = 'x'.repeat(4097)
  expect(objects.get(key, make)).not.toBe(objects.get(key, make))
})
