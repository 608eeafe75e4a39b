import { hostname } from 'node:os'
import { Resource } from '../pdata/resource.ts'
import { processAttributes } from './process_attributes.ts'
import { ProcessCache, type ProcessRecords } from './process_cache.ts'
import { ProcessReader, type ProcessSources } from './process_identity.ts'
import { bootId } from './process_instance.ts'

/** What a process table depends on. */
export interface ProcessTableOptions extends ProcessSources {
  /** Processes that are kept; the one that was read longest ago makes room. */
  readonly limit?: number
  readonly host?: string
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
}

/**
 * Processes as resources, by pid. Where the process is not known, or gone before it was read, the
 * cgroup of its socket says which container or systemd unit it belongs to.
 */
export class ProcessTable {
  readonly #cache: ProcessCache<Resource>

  constructor({ limit, host = hostname(), now, ...sources }: ProcessTableOptions = {}) {
    const facts = { name: host, boot: bootId(sources.proc) }
    this.#cache = new ProcessCache((process) => new Resource(processAttributes(process, facts)), {
      reader: new ProcessReader(sources),
      ...(limit !== undefined && { limit }),
      ...(now !== undefined && { now }),
    })
  }

  /** Reads the clock. Call it once a batch. */
  refresh(): void {
    this.#cache.refresh()
  }

  /** The resource of the process of record `i`. */
  resourceOf(records: ProcessRecords, i: number): Resource {
    return this.#cache.valueOf(records, i)
  }
}
