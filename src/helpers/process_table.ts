import { hostname } from 'node:os'
import type { Attributes } from '../pdata/attributes.ts'
import { Resource } from '../pdata/resource.ts'
import { readProcess } from './process_info.ts'
import { serviceName } from './service_name.ts'

/** How long what was read of a process counts, in milliseconds; then its start time is compared. */
const TRUST_MS = 10_000

interface Known {
  readonly resource: Resource
  /** The first eight bytes of the name that records carried. */
  readonly commLow: number
  readonly commHigh: number
  /** Start time in clock ticks since boot, or empty where the process was gone already. */
  readonly startTime: string
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
 * Processes as resources, by pid. A process is read when it is first asked for; a pid that has come
 * to belong to another process is noticed by its name in the kernel's records at once, and by its
 * start time within ten seconds.
 */
export class ProcessTable {
  readonly #known = new Map<number, Known>()
  readonly #limit: number
  readonly #proc: string
  readonly #host: Attributes
  readonly #now: () => number

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

  /**
   * The resource of process `pid`; 0 stands for a process that is not known.
   * @param commLow first four bytes of the name in the kernel's record, as a word
   * @param commHigh the next four
   * @param comm gives the name itself, for a process that is gone already
   */
  resourceOf(pid: number, commLow: number, commHigh: number, comm: () => string): Resource {
    const known = this.#known.get(pid)
    if (known?.commLow === commLow && known.commHigh === commHigh && this.#isFresh(pid, known)) {
      return known.resource
    }
    const info = readProcess(pid, this.#proc)
    const resource = new Resource(this.#describe(pid, comm(), info))
    const checkedMs = this.#now()
    this.#known.delete(pid)
    this.#known.set(pid, {
      resource,
      commLow,
      commHigh,
      startTime: info?.startTime ?? '',
      checkedMs,
    })
    if (this.#known.size > this.#limit)
      this.#known.delete(this.#known.keys().next().value as number)
    return resource
  }

  #isFresh(pid: number, known: Known): boolean {
    const now = this.#now()
    if (now - known.checkedMs < TRUST_MS) return true
    known.checkedMs = now
    const startTime = readProcess(pid, this.#proc)?.startTime
    return startTime === undefined || startTime === known.startTime
  }

  #describe(pid: number, comm: string, info: ReturnType<typeof readProcess>): Attributes {
    if (pid === 0) return { 'service.name': 'unknown_service', ...this.#host }
    const executable = info?.executable || comm
    return {
      'service.name': serviceName(info, comm),
      'process.pid': pid,
      'process.executable.name': executable.slice(executable.lastIndexOf('/') + 1),
      ...(info?.executable && { 'process.executable.path': info.executable }),
      ...this.#host,
      ...info?.resourceAttributes,
    }
  }
}
