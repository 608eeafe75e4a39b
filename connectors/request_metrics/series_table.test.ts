import { expect, it } from 'vitest'
import type { Values } from './dimensions.ts'
import { Series } from './series.ts'
import { SeriesKey } from './series_key.ts'
import { SeriesTable } from '../../src/helpers/series_table.ts'

const none = { duration: undefined, requestBody: undefined, responseBody: undefined }

/** A key of a series, as read from a span. */
function keyOf(values: Partial<Values>, hash: number): SeriesKey {
  return Object.assign(new SeriesKey(), values, { hash })
}

function add(table: SeriesTable<Series>, key: SeriesKey): Series {
  const series = new Series(key.hash, key.values(), {}, 0n, none)
  table.add(series)
  return series
}

it('finds a series by every value, also where hashes are the same', () => {
  const table = new SeriesTable<Series>()
  const base = { method: 'GET', status: 200, route: '/a', version: '1.1', address: 'x', port: 80 }
  const others: Partial<Values>[] = [
    { client: true },
    { method: 'PUT' },
    { status: 500 },
    { route: '/b' },
    { version: '1.0' },
    { address: 'y' },
    { port: 81 },
    { error: '500' },
    { scheme: 'http' },
  ]
  const keys = [base, ...others.map((other) => ({ ...base, ...other }))].map((values) =>
    keyOf(values, 7),
  )
  const made = keys.map((key) => add(table, key))
  expect(keys.map((key) => table.find(key))).toEqual(made)
  expect(table.find(keyOf({ ...base, port: 82 }, 7))).toBeUndefined()
})

it('finds all of many, and those that are left after some were removed', () => {
  const table = new SeriesTable<Series>()
  const keys = Array.from({ length: 1000 }, (_, status) => keyOf({ status }, status * 977))
  for (const key of keys) add(table, key)
  expect(keys.map((key) => table.find(key)?.values.status)).toEqual(keys.map((_, i) => i))
  expect(table.prune(({ values }) => values.status % 3 === 0)).toBe(334)
  expect(table.size).toBe(666)
  expect(keys.filter((key) => table.find(key) === undefined)).toEqual(
    keys.filter((_, i) => i % 3 === 0),
  )
  expect([...table]).toHaveLength(666)
})
