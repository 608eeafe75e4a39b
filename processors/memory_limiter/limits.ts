import { getHeapStatistics } from 'node:v8'
import type { MemoryTotal } from '../../src/helpers/memory_total.ts'
import type { MemoryLimiterConfig } from './config.ts'

const MIB = 1024 * 1024

/** V8 ends the process at its limit: the shares of it from where on it is relieved, soft and hard. */
const HEAP_SOFT = 0.8
const HEAP_HARD = 0.9

/** What the memory is measured by, so that tests can answer. */
export interface MemoryReadings {
  /** Bytes of resident memory, as the kernel counts them. */
  readonly rssBytes: () => number
  /** Bytes of V8's heap in use. */
  readonly heapBytes: () => number
  /** Bytes at which V8 gives up. */
  readonly heapLimitBytes: () => number
}

/** The readings of this process. */
export const processMemory: MemoryReadings = {
  rssBytes: () => process.memoryUsage.rss(),
  heapBytes: () => getHeapStatistics().used_heap_size,
  heapLimitBytes: () => getHeapStatistics().heap_size_limit,
}

/** Two limits of one measure, in bytes. */
export interface Limit {
  readonly soft: number
  readonly hard: number
}

/** The limits of resident memory; where they are shares, of what. */
export interface RssLimit extends Limit {
  readonly total?: MemoryTotal
}

/**
 * The limits of resident memory that are configured.
 * @param total tells how much memory there is; asked only where the limits are shares of it
 */
export function rssLimit(config: MemoryLimiterConfig, total: () => MemoryTotal): RssLimit {
  const { limit_mib, spike_limit_mib, limit_percentage, spike_limit_percentage } = config
  if (limit_mib > 0) return limitOf(limit_mib * MIB, spike_limit_mib * MIB)
  const memory = total()
  const share = (percentage: number): number => (memory.bytes * percentage) / 100
  const limit = limitOf(share(limit_percentage), share(spike_limit_percentage))
  return { ...limit, total: memory }
}

function limitOf(hard: number, spike: number): Limit {
  return { hard, soft: hard - (spike || hard / 5) }
}

/** The limits of V8's heap. */
export function heapLimit({ heapLimitBytes }: MemoryReadings): Limit {
  const limit = heapLimitBytes()
  return { soft: limit * HEAP_SOFT, hard: limit * HEAP_HARD }
}

/** Bytes as whole MiB, for the log. */
export function inMib(bytes: number): number {
  return Math.round(bytes / MIB)
}
