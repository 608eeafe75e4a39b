import type { MapBatch } from 'libbpf-addon'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_EXCHANGE } from '../../src/pdata/http_record.ts'
import {
  BUCKETS,
  HTTP_BUCKETS,
  HTTP_TOTAL,
  HTTP_TOTAL_KEY,
  type HttpTotal,
  type HttpTotals,
  TOTAL_KEY_SIZE,
  TOTAL_SIZE,
  UNKNOWN_SIZE,
  type ValueGroup,
} from '../../src/pdata/http_total.ts'

/** Bytes of a record without a head, and of a key's socket, which a record has too. */
const RECORD = HTTP_EXCHANGE.head
const SOCKET = HTTP_TOTAL_KEY.error

/** What reading totals depends on. */
export interface ReadTotalsOptions {
  /** A view over records. */
  readonly recordsIn: (bytes: Buffer, index: Uint32Array, count: number) => HttpObservations
  /** Whether so many exchanges like record `i` are wanted. */
  readonly takes: (records: HttpObservations, i: number, exchanges: number) => boolean
}

/** Entries of the maps of totals as the pipelines have them; undefined where none is wanted. */
export function readTotals(
  batches: readonly MapBatch[],
  { recordsIn, takes }: ReadTotalsOptions,
): HttpTotals | undefined {
  const keys = Buffer.concat(
    batches.map(({ keys, count }) => keys.subarray(0, count * TOTAL_KEY_SIZE)),
  )
  const values = Buffer.concat(
    batches.map(({ values, count }) => values.subarray(0, count * TOTAL_SIZE)),
  )
  const count = keys.length / TOTAL_KEY_SIZE
  if (count === 0) return undefined
  const bytes = Buffer.from(new ArrayBuffer(count * RECORD))
  const index = new Uint32Array(count * 2)
  for (let i = 0; i < count; i++) {
    writeRecord(keys, i * TOTAL_KEY_SIZE, bytes, i * RECORD)
    index.set([i * RECORD, RECORD], i * 2)
  }
  const all = recordsIn(bytes, index, count)
  const totals = Array.from({ length: count }, (_, i) => readTotal(keys, values, i))
  const wanted = totals.flatMap((total, i) => (takes(all, i, total.count) ? [i] : []))
  if (wanted.length === 0) return undefined
  const places = Uint32Array.from(wanted.flatMap((i) => [i * RECORD, RECORD]))
  return {
    keys: recordsIn(bytes, places, wanted.length),
    values: wanted.map((i) => totals[i] as HttpTotal),
  }
}

/** Writes a key as the record of an exchange of which nothing else is known. */
function writeRecord(keys: Buffer, from: number, bytes: Buffer, to: number): void {
  keys.copy(bytes, to + HTTP_EXCHANGE['socket.cookie'], from, from + SOCKET)
  bytes.writeInt32LE(keys.readInt32LE(from + HTTP_TOTAL_KEY.error), to + HTTP_EXCHANGE.error)
  bytes.writeUInt16LE(keys.readUInt16LE(from + HTTP_TOTAL_KEY.status), to + HTTP_EXCHANGE.status)
  for (const field of ['role', 'end', 'version'] as const) {
    bytes.writeUInt8(keys.readUInt8(from + HTTP_TOTAL_KEY[field]), to + HTTP_EXCHANGE[field])
  }
}

function readTotal(keys: Buffer, values: Buffer, i: number): HttpTotal {
  const at = i * TOTAL_SIZE
  const durations = groupsAt(values, at + HTTP_TOTAL.duration_ns, BUCKETS)
  return {
    count: durations.reduce((sum, { count }) => sum + count, 0),
    method: keys.readUInt8(i * TOTAL_KEY_SIZE + HTTP_TOTAL_KEY.method),
    durations,
    requestBodies: groupsAt(values, at + HTTP_TOTAL.request_body, UNKNOWN_SIZE),
    responseBodies: groupsAt(values, at + HTTP_TOTAL.response_body, UNKNOWN_SIZE),
  }
}

/** The first buckets of a `struct http_buckets`, without those that are empty. */
function groupsAt(values: Buffer, at: number, buckets: number): ValueGroup[] {
  const groups: ValueGroup[] = []
  for (let i = 0; i < buckets; i++) {
    const count = values.readUInt32LE(at + HTTP_BUCKETS.counts + i * 4)
    const sum = Number(values.readBigUInt64LE(at + HTTP_BUCKETS.sums + i * 8))
    if (count > 0) groups.push({ count, sum })
  }
  return groups
}
