import type { ProcessInfo } from './process_info.ts'
import { type ProcessIdentity, ProcessReader } from './process_identity.ts'
import { ThreadNames } from './process_threads.ts'

/** How long what was read of a process counts, in milliseconds; then its start time is compared. */
const TRUST_MS = 10_000

/** Records that say which process they belong to. */
export interface ProcessRecords {
  /** The process of record `i`, or 0 where that is not known. */
  pid(i: number): number
  /** Four bytes of the name of its thread: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number
  /** That name. */
  comm(i: number): string
  /** Inode of the cgroup v2 directory that its socket was made in, or 0 where that is not known. */
  cgroupId?(i: number): number
}

/** How often a cgroup is asked for that has not been found yet and may be, in milliseconds. */
const RETRY_MS = 1000

interface Known<T> {
  readonly value: T
  /** Start time in clock ticks since boot, or empty where the process was gone already. */
  readonly startTime: string
  readonly executable: string
  /** Path of its own cgroup. */
  readonly cgroup: string
  /** The cgroup that it is judged by where it was gone already, else 0. */
  readonly cgroupId: number
  /** Whether that cgroup may still be found. */
  open: boolean
  readonly threads: ThreadNames
  checkedMs: number
}

/** What a process cache depends on. */
export interface ProcessCacheOptions {
  /** Processes that are kept; the one that was read longest ago makes room. */
  readonly limit?: number
  readonly reader?: ProcessReader
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
  /** Is told when a process is no longer kept, and why not: its pid may belong to another one now. */
  readonly onForget?: (pid: number) => void
}

/**
 * Something made of each process, kept by pid. A process is read when it is first asked for. That a
 * pid has come to belong to another process, or a process to run another program, is noticed at once
 * by a name that none of its threads had, and by its start time within ten seconds; as late is noticed
 * that a process was moved to another cgroup.
 */
export class ProcessCache<T> {
  readonly #known = new Map<number, Known<T>>()
  /** For sockets of which only the cgroup is known. */
  readonly #byCgroup = new Map<number, { value: T; found: boolean; checkedMs: number }>()
  readonly #make: (process: ProcessIdentity, cgroupId: number) => T
  readonly #limit: number
  readonly #reader: ProcessReader
  readonly #now: () => number
  readonly #onForget: (pid: number) => void
  #nowMs = 0

  /** @param make what is kept of a process, one of whose sockets was made in the cgroup of that id */
  constructor(
    make: (process: ProcessIdentity, cgroupId: number) => T,
    {
      limit = 4096,
      reader = new ProcessReader(),
      now = () => performance.now(),
      onForget = () => {},
    }: ProcessCacheOptions = {},
  ) {
    this.#make = make
    this.#limit = limit
    this.#reader = reader
    this.#now = now
    this.#onForget = onForget
  }

  /** Reads the clock. Call it once a batch. */
  refresh(): void {
    this.#nowMs = this.#now()
  }

  /** What is kept of the process of record `i`. */
  valueOf(records: ProcessRecords, i: number): T {
    const pid = records.pid(i)
    if (pid === 0) return this.#ofCgroup(records, i)
    const known = this.#known.get(pid)
    if (known === undefined) return this.#learn(pid, this.#reader.read(pid), records, i)
    const named = known.threads.has(records.commWord(i, 0), records.commWord(i, 1))
    const same = named && (known.cgroupId === 0 || known.cgroupId === cgroupIdOf(records, i))
    const trustMs = known.open ? RETRY_MS : TRUST_MS
    if (same && this.#nowMs - known.checkedMs < trustMs) return known.value
    return this.#check(pid, known, same, records, i)
  }

  /** Looks whether the process is still the one that is known. */
  #check(pid: number, known: Known<T>, same: boolean, records: ProcessRecords, i: number): T {
    const info = this.#reader.read(pid)
    const gone = info === undefined && same
    const found = known.open && this.#reader.cgroupPath(known.cgroupId) !== ''
    if (found || (!gone && !isSame(info, known))) return this.#learn(pid, info, records, i)
    known.open = this.#reader.mayFindCgroup(known.cgroupId)
    known.checkedMs = this.#nowMs
    known.threads.add(records.commWord(i, 0), records.commWord(i, 1))
    return known.value
  }

  #learn(pid: number, info: ProcessInfo | undefined, records: ProcessRecords, i: number): T {
    this.forget(pid)
    const cgroupId = cgroupIdOf(records, i)
    const process = this.#reader.identify(pid, records.comm(i), info, cgroupId)
    const known: Known<T> = {
      value: this.#make(process, cgroupId),
      startTime: info?.startTime ?? '',
      executable: info?.executable ?? '',
      cgroup: info?.cgroup.path ?? '',
      cgroupId: info ? 0 : cgroupId,
      open: !info && this.#reader.mayFindCgroup(cgroupId),
      threads: new ThreadNames(),
      checkedMs: this.#nowMs,
    }
    known.threads.add(records.commWord(i, 0), records.commWord(i, 1))
    this.#known.set(pid, known)
    if (this.#known.size > this.#limit) this.forget(this.#known.keys().next().value as number)
    return known.value
  }

  /** Reads the process anew when it is next asked for. */
  forget(pid: number): void {
    if (this.#known.delete(pid)) this.#onForget(pid)
  }

  /** Whether the process that is known by that pid still runs. */
  isCurrent(pid: number): boolean {
    const startTime = this.#known.get(pid)?.startTime ?? ''
    return startTime !== '' && this.#reader.startTime(pid) === startTime
  }

  /** A cgroup that was not found may be found later. */
  #ofCgroup(records: ProcessRecords, i: number): T {
    const id = cgroupIdOf(records, i)
    const known = this.#byCgroup.get(id)
    const trustMs = this.#reader.mayFindCgroup(id) ? RETRY_MS : TRUST_MS
    if (known && (known.found || this.#nowMs - known.checkedMs < trustMs)) return known.value
    const process = this.#reader.identify(0, '', undefined, id)
    const found = process.cgroup.path !== ''
    if (known && !found) {
      known.checkedMs = this.#nowMs
      return known.value
    }
    const value = this.#make(process, id)
    this.#byCgroup.set(id, { value, found, checkedMs: this.#nowMs })
    if (this.#byCgroup.size > this.#limit)
      this.#byCgroup.delete(this.#byCgroup.keys().next().value as number)
    return value
  }
}

/** A process may also begin to run another program, or be moved to another cgroup. */
function isSame(info: ProcessInfo | undefined, known: Known<unknown>): boolean {
  return (
    info?.startTime === known.startTime &&
    info.executable === known.executable &&
    info.cgroup.path === known.cgroup
  )
}

function cgroupIdOf(records: ProcessRecords, i: number): number {
  return records.cgroupId?.(i) ?? 0
}
