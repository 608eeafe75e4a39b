import { describe, expect, it } from 'vitest'
import { Resource } from '../../src/pdata/resource.ts'
import { ArrayNetworkObservations } from '../../src/pdata/network_observations_for_tests.ts'
import { SeriesKey } from './series_key.ts'
import { SeriesTable } from './series_table.ts'

const owner = new Resource({})

/** The key of a flow to a port. */
function keyOf(port: number): SeriesKey {
  const key = new SeriesKey()
  const report = new ArrayNetworkObservations([{ peer: `10.0.0.2:${port}` }])
  key.readFlow(report, 0, owner, { fold: true, transport: 1, reason: 0, interface: 0 })
  return key
}

function tableOf(rows: number): SeriesTable {
  const table = new SeriesTable(2)
  for (let port = 1; port <= rows; port++) {
    const row = table.add(keyOf(port), owner)
    table.values.set([port, -port], row * 2)
    table.usedMs[row] = port
  }
  return table
}

describe('a table of series', () => {
  it('finds each of many rows, and none that is not there', () => {
    const table = tableOf(5000)
    const rows = Array.from({ length: 5000 }, (_, i) => table.find(keyOf(i + 1)))
    expect(rows).toEqual(Array.from({ length: 5000 }, (_, i) => i))
    expect(table.find(keyOf(5001))).toBe(-1)
  })

  it('keeps what is wanted with all that belongs to it, and begins new rows at zero', () => {
    const table = tableOf(1000)
    table.retain((row) => row % 3 === 0)
    expect(table.size).toBe(334)
    for (let port = 1; port <= 1000; port++) {
      const row = table.find(keyOf(port))
      expect(row === -1).toBe(port % 3 !== 1)
      if (row === -1) continue
      expect([...table.values.subarray(row * 2, row * 2 + 2)]).toEqual([port, -port])
      expect(table.usedMs[row]).toBe(port)
    }
    const row = table.add(keyOf(2), owner)
    expect([...table.values.subarray(row * 2, row * 2 + 2)]).toEqual([0, 0])
    expect(table.usedMs[row]).toBe(0)
  })
})
