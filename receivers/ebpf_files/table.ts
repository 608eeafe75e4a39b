import type { BpfMap } from 'libbpf-addon'
import { BOUNDS, FILE_KEY, FILE_TOTALS, KEY_SIZE, TOTALS_SIZE } from './record.ts'

/** Operations that were counted together. */
export interface Sum {
  /** Bytes that were read or written. */
  readonly bytes: number
  /** Nanoseconds that all of them took. */
  readonly ns: number
  /** How many there were in each bucket. */
  readonly counts: readonly number[]
}

/** A sum that the kernel keeps, and what it is of. */
export interface Entry {
  /** As the kernel has it, to remove the entry by. */
  readonly key: Buffer
  readonly cgroupId: number
  /** 0 where processes are not told apart. */
  readonly pid: number
  /** When the process began, in clock ticks since boot as proc_pid_stat(5) has it. */
  readonly startTime: string
  /** errno; 0 where nothing went wrong. */
  readonly error: number
  /** Index in `OPERATIONS`. */
  readonly operation: number
  /** A process of those that the sum is of. */
  readonly firstPid: number
  readonly comm: string
  readonly sum: Sum
}

/** Nanoseconds of a clock tick (USER_HZ). */
const TICK_NS = 10_000_000n

/** Reads the map `totals` of bpf/files as it stands. */
export function readTable(map: Pick<BpfMap, 'lookupBatch'>): Entry[] {
  const entries: Entry[] = []
  for (const { keys, values, count } of map.lookupBatch()) {
    for (let i = 0; i < count; i++) {
      const key = keys.subarray(i * KEY_SIZE, (i + 1) * KEY_SIZE)
      entries.push(entryOf(key, values.subarray(i * TOTALS_SIZE, (i + 1) * TOTALS_SIZE)))
    }
  }
  return entries
}

function entryOf(key: Buffer, value: Buffer): Entry {
  return {
    key,
    cgroupId: numberAt(key, FILE_KEY.cgroup_id),
    pid: key.readUInt32LE(FILE_KEY.pid),
    startTime: String(key.readBigUInt64LE(FILE_KEY.started_ns) / TICK_NS),
    error: key.readUInt16LE(FILE_KEY.error),
    operation: key.readUInt8(FILE_KEY.operation),
    firstPid: value.readUInt32LE(FILE_TOTALS.first_pid),
    comm: textAt(value, FILE_TOTALS.comm),
    sum: {
      bytes: numberAt(value, FILE_TOTALS.bytes),
      ns: numberAt(value, FILE_TOTALS.total_ns),
      counts: Array.from({ length: BOUNDS.length + 1 }, (_, bucket) =>
        numberAt(value, FILE_TOTALS.counts + bucket * 8),
      ),
    },
  }
}

/** Exact up to 2^53. */
function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}

function textAt(bytes: Buffer, at: number): string {
  const zero = bytes.indexOf(0, at)
  return bytes.toString('utf8', at, zero === -1 ? bytes.length : zero)
}

/** Two sums together. */
export function added(one: Sum, other: Sum): Sum {
  return {
    bytes: one.bytes + other.bytes,
    ns: one.ns + other.ns,
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] as number)),
  }
}
