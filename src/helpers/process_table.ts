import { hostname } from 'node:os'
import type { Attributes } from '../pdata/attributes.ts'
import { Resource } from '../pdata/resource.ts'
import { type ProcessInfo, readProcess } from './process_info.ts'
import { serviceName } from './service_name.ts'

/** How long what was read of a process counts, in milliseconds; then its start time is compared. */
const TRUST_MS = 10_000

/** Names of threads that are remembered of a process; one that has more has any. */
const MAX_NAMES = 64

/** Records that say which process they belong to. */
export interface ProcessRecords {
  /** The process of record `i`, or 0 where that is not known. */
  pid(i: number): number
  /** Four bytes of the name of its thread: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number
  /** That name. */
  comm(i: number): string
}

interface Known {
  readonly resource: Resource
  /** Start time in clock ticks since boot, or empty where the process was gone already. */
  readonly startTime: string
  readonly executable: string
  /** The first eight bytes of the thread's name that the last record carried. */
  commLow: number
  commHigh: number
  /** Those of its threads that were seen, hashed. */
  readonly names: Set<number>
  checkedMs: number
}

/** What a process table depends on. */
export interface ProcessTableOptions {
  /** Processes that are kept; the one that was read longest ago makes room. */
  readonly limit?: number
  /** Where the proc filesystem is mounted. */
  readonly proc?: string
  readonly host?: string
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
}

/**
 * Processes as resources, by pid. A process is read when it is first asked for. That a pid has come
 * to belong to another process, or a process to run another program, is noticed at once by a name
 * that none of its threads had, and by its start time within ten seconds.
 */
export class ProcessTable {
  readonly #known = new Map<number, Known>()
  readonly #limit: number
  readonly #proc: string
  readonly #host: Attributes
  readonly #now: () => number
  #nowMs = 0

  constructor({
    limit = 4096,
    proc = '/proc',
    host = hostname(),
    now = () => performance.now(),
  }: ProcessTableOptions = {}) {
    this.#limit = limit
    this.#proc = proc
    this.#host = { 'host.name': host, 'os.type': 'linux' }
    this.#now = now
  }

  /** Reads the clock. Call it once a batch. */
  refresh(): void {
    this.#nowMs = this.#now()
  }

  /** The resource of the process of record `i`. */
  resourceOf(records: ProcessRecords, i: number): Resource {
    const pid = records.pid(i)
    const known = this.#known.get(pid)
    if (known === undefined) return this.#learn(pid, readProcess(pid, this.#proc), records, i)
    const low = records.commWord(i, 0)
    const high = records.commWord(i, 1)
    const named = (known.commLow === low && known.commHigh === high) || hasName(known, low, high)
    if (named && this.#nowMs - known.checkedMs < TRUST_MS) return known.resource
    return this.#check(pid, known, named, records, i)
  }

  /** Looks whether the process is still the one that is known. */
  #check(pid: number, known: Known, named: boolean, records: ProcessRecords, i: number): Resource {
    const info = readProcess(pid, this.#proc)
    const gone = info === undefined && named
    const same = info?.startTime === known.startTime && info.executable === known.executable
    if (!gone && !same) return this.#learn(pid, info, records, i)
    known.checkedMs = this.#nowMs
    addName(known, records, i)
    return known.resource
  }

  #learn(pid: number, info: ProcessInfo | undefined, records: ProcessRecords, i: number): Resource {
    const known: Known = {
      resource: new Resource(this.#describe(pid, records.comm(i), info)),
      startTime: info?.startTime ?? '',
      executable: info?.executable ?? '',
      commLow: 0,
      commHigh: 0,
      names: new Set(),
      checkedMs: this.#nowMs,
    }
    addName(known, records, i)
    this.#known.delete(pid)
    this.#known.set(pid, known)
    if (this.#known.size > this.#limit)
      this.#known.delete(this.#known.keys().next().value as number)
    return known.resource
  }

  #describe(pid: number, comm: string, info: ProcessInfo | undefined): Attributes {
    if (pid === 0) return { 'service.name': 'unknown_service', ...this.#host }
    const executable = info?.executable || comm
    return {
      'process.pid': pid,
      'process.executable.name': executable.slice(executable.lastIndexOf('/') + 1),
      ...(info?.executable && { 'process.executable.path': info.executable }),
      ...this.#host,
      ...info?.resourceAttributes,
      'service.name': serviceName(info, comm),
    }
  }
}

/** Threads of one process have names of their own: each is looked up once. */
function hasName(known: Known, low: number, high: number): boolean {
  if (known.names.size < MAX_NAMES && !known.names.has(hashOf(low, high))) return false
  known.commLow = low
  known.commHigh = high
  return true
}

function addName(known: Known, records: ProcessRecords, i: number): void {
  known.commLow = records.commWord(i, 0)
  known.commHigh = records.commWord(i, 1)
  if (known.names.size < MAX_NAMES) known.names.add(hashOf(known.commLow, known.commHigh))
}

function hashOf(low: number, high: number): number {
  return Math.imul(low, 0x9e3779b1) ^ high
}
