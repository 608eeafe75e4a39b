import type { MapBatch } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import {
  HTTP_BUCKETS,
  HTTP_TOTAL,
  HTTP_TOTAL_KEY,
  TOTAL_KEY_SIZE,
  TOTAL_SIZE,
  UNKNOWN_SIZE,
} from '../../src/pdata/http_total.ts'
import { WallClock } from '../../src/pdata/wall_clock.ts'
import { readTotals } from './read_totals.ts'

interface Entry {
  readonly pid: number
  readonly status: number
  readonly method?: number
  /** Bucket, count and sum of the durations. */
  readonly durations: readonly (readonly [number, number, number])[]
  readonly sizes?: readonly (readonly [number, number, number])[]
}

/** Pid and remote port in a key's socket, as in a record's. */
const PID = 20
const REMOTE_PORT = 30

function batchOf(entries: readonly Entry[]): MapBatch {
  // Room for more than there is, as a map's batches may have.
  const keys = Buffer.alloc((entries.length + 1) * TOTAL_KEY_SIZE)
  const values = Buffer.alloc((entries.length + 1) * TOTAL_SIZE)
  for (const [i, entry] of entries.entries()) {
    const key = keys.subarray(i * TOTAL_KEY_SIZE)
    key.writeUInt32LE(entry.pid, HTTP_TOTAL_KEY.socket + PID)
    key.writeUInt16LE(8080, HTTP_TOTAL_KEY.socket + REMOTE_PORT)
    key.writeInt32LE(104, HTTP_TOTAL_KEY.error)
    key.writeUInt16LE(entry.status, HTTP_TOTAL_KEY.status)
    key.set([2, 6, 1, entry.method ?? 0], HTTP_TOTAL_KEY.role)
    const value = values.subarray(i * TOTAL_SIZE)
    fill(value.subarray(HTTP_TOTAL.duration_ns), entry.durations)
    fill(value.subarray(HTTP_TOTAL.response_body), entry.sizes ?? [])
  }
  return { keys, values, count: entries.length }
}

function fill(buckets: Buffer, counts: Entry['durations']): void {
  for (const [bucket, count, sum] of counts) {
    buckets.writeBigUInt64LE(BigInt(sum), HTTP_BUCKETS.sums + bucket * 8)
    buckets.writeUInt32LE(count, HTTP_BUCKETS.counts + bucket * 4)
  }
}

const recordsIn = (bytes: Buffer, index: Uint32Array, count: number): HttpObservations =>
  new HttpObservations(bytes, index, count, new WallClock(), new Delivery())

it('reads what exchanges have in common as a record, and their values by buckets', () => {
  const unknown = [UNKNOWN_SIZE, 2, 0] as const
  const batches = [
    batchOf([
      { pid: 10, status: 200, durations: [[0, 5, 5_000_000]], sizes: [[2, 3, 600], unknown] },
    ]),
    batchOf([
      {
        pid: 11,
        status: 503,
        method: 2,
        durations: [
          [3, 1, 26_000_000],
          [14, 2, 3e10],
        ],
      },
    ]),
  ]
  const { keys, values } = readTotals(batches, { recordsIn, takes: () => true })!
  const rows = [0, 1].map((i) => [keys.pid(i), keys.status(i), keys.role(i), keys.end(i)])
  expect(rows).toEqual([
    [10, 200, 2, 6],
    [11, 503, 2, 6],
  ])
  expect([keys.error(0), keys.version(1), keys.remotePort(1), keys.headLength(1)]).toEqual([
    104, 1, 8080, 0,
  ])
  expect(values).toEqual([
    {
      count: 5,
      method: 0,
      durations: [{ count: 5, sum: 5_000_000 }],
      requestBodies: [],
      responseBodies: [{ count: 3, sum: 600 }],
    },
    {
      count: 3,
      method: 2,
      durations: [
        { count: 1, sum: 26_000_000 },
        { count: 2, sum: 3e10 },
      ],
      requestBodies: [],
      responseBodies: [],
    },
  ])
})

it('leaves out what is not wanted', () => {
  const entries = [10, 11, 12].map(
    (pid) => ({ pid, status: 200, durations: [[0, pid, 1]] }) as const,
  )
  const asked: number[][] = []
  const takes = (records: HttpObservations, i: number, exchanges: number): boolean => {
    asked.push([records.pid(i), exchanges])
    return records.pid(i) === 12
  }
  const { keys, values } = readTotals([batchOf(entries)], { recordsIn, takes })!
  expect([keys.itemCount, keys.pid(0), values.length, values[0]!.count]).toEqual([1, 12, 1, 12])
  expect(asked).toEqual([10, 11, 12].map((pid) => [pid, pid]))
  expect(readTotals([batchOf(entries)], { recordsIn, takes: () => false })).toBeUndefined()
})

it('is nothing where nothing was counted', () => {
  expect(readTotals([], { recordsIn, takes: () => true })).toBeUndefined()
})
