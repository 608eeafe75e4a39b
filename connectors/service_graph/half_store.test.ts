import { expect, it } from 'vitest'
import { EdgeKey, type End } from './half.ts'
import { HalfStore } from './half_store.ts'

function keyOf(n: number): EdgeKey {
  const key = new EdgeKey()
  key.read('ab'.repeat(16), n.toString(16).padStart(16, '0'))
  return key
}

function add(store: HalfStore, n: number, end: End = 'client') {
  const half = store.take()
  half.end = end
  half.durationNs = n
  store.add(half, keyOf(n))
  return half
}

it('finds each of many by its ids and end, the oldest first, while others come and go', () => {
  const store = new HalfStore()
  const numbers = Array.from({ length: 5000 }, (_, n) => n)
  const halves = numbers.map((n) => add(store, n))
  expect(numbers.every((n) => store.find(keyOf(n), 'client') === halves[n])).toBe(true)
  expect(store.find(keyOf(1), 'server')).toBeUndefined()
  for (const n of numbers) if (n % 3 === 0) store.remove(halves[n]!)
  expect(store.size).toBe(numbers.filter((n) => n % 3 !== 0).length)
  expect([store.oldest?.durationNs, store.newest?.durationNs]).toEqual([1, 4999])
  const found = numbers.filter((n) => store.find(keyOf(n), 'client') !== undefined)
  expect(found).toEqual(numbers.filter((n) => n % 3 !== 0))
  const again = add(store, 3, 'server')
  expect(store.find(keyOf(3), 'server')).toBe(again)
  expect(store.newest).toBe(again)
  store.remove(again)
  expect(store.newest?.durationNs).toBe(4999)
})

it('has room for both ends under the same ids', () => {
  const store = new HalfStore()
  const ends = (['client', 'server', 'linked'] as const).map((end) => add(store, 7, end))
  expect(ends.map(({ end }) => store.find(keyOf(7), end))).toEqual(ends)
  for (const half of ends) store.remove(half)
  expect([store.size, store.oldest, store.newest]).toEqual([0, undefined, undefined])
})

it('tells ids of the same hash apart', () => {
  const store = new HalfStore()
  const half = add(store, 1)
  expect(store.find(keyOf(1), 'client')).toBe(half)
  half.key.set(keyOf(2).words)
  expect(store.find(keyOf(1), 'client')).toBeUndefined()
})
