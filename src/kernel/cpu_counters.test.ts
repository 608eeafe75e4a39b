import type { BpfMap } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { CpuCounters } from './cpu_counters.ts'

/** A per-CPU array: for each index, the count of each CPU. */
function mapOf(rows: readonly (readonly bigint[])[]): BpfMap {
  const lookup = (key: Buffer, into: Buffer): Buffer | undefined => {
    const row = rows[key.readUInt32LE()]
    row?.forEach((count, cpu) => into.writeBigUInt64LE(count, cpu * 8))
    return row && into
  }
  return { valueSize: (rows[0]?.length ?? 0) * 8, lookup } as unknown as BpfMap
}

it('sums each count over the CPUs', () => {
  const map = mapOf([
    [1n, 20n, 300n],
    [0n, 0n, 0n],
    [2n ** 52n, 5n, 0n],
  ])
  const counters = new CpuCounters(map, ['records', 'lost', 'bytes'])
  expect(counters.read()).toEqual({ records: 321, lost: 0, bytes: 2 ** 52 + 5 })
})

it('reads what stands there now', () => {
  const rows = [[1n]]
  const counters = new CpuCounters(mapOf(rows), ['records'])
  expect(counters.read()).toEqual({ records: 1 })
  rows[0] = [7n]
  expect(counters.read()).toEqual({ records: 7 })
})

it('has 0 for a count that the map does not have', () => {
  const counters = new CpuCounters(mapOf([[5n]]), ['records', 'unknown'])
  expect(counters.read()).toEqual({ records: 5, unknown: 0 })
})

it('reads the counts of each CPU', () => {
  const map = mapOf([
    [1n, 20n],
    [0n, 3n],
  ])
  const counters = new CpuCounters(map, ['records', 'lost', 'unknown'])
  expect(counters.readEach()).toEqual({ records: [1, 20], lost: [0, 3], unknown: [] })
})
