import { hostname } from 'node:os'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { NetworkObservations } from '../../src/pdata/network_observations.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { type HostFacts, processAttributes } from '../../src/helpers/process_attributes.ts'
import { ProcessCache } from '../../src/helpers/process_cache.ts'
import {
  NOBODY,
  type ProcessIdentity,
  ProcessReader,
  type ProcessSources,
} from '../../src/helpers/process_identity.ts'
import { bootId } from '../../src/helpers/process_instance.ts'

/** Whose a socket is. */
export interface Owner {
  readonly process: Resource
  /** Its container, else its systemd unit, else the rest of the host. */
  readonly container: Resource
}

/** What owners depend on. */
export interface OwnersOptions extends ProcessSources {
  /** Processes that are kept; the one that was read longest ago makes room. */
  readonly limit: number
  readonly host?: string
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
}

/** The processes and containers of reports, as resources. */
export class Owners {
  /** What is nobody's alone. */
  readonly everybody: Resource
  readonly #cache: ProcessCache<Owner>
  readonly #facts: HostFacts
  readonly #limit: number
  /** By their attributes, so that a process that is read again goes on counting where it was. */
  readonly #resources = new Map<string, Resource>()

  constructor({ limit, host = hostname(), now, ...sources }: OwnersOptions) {
    this.#facts = { name: host, boot: bootId(sources.proc) }
    // A process and its container each.
    this.#limit = limit * 2
    this.everybody = new Resource(processAttributes(NOBODY, this.#facts))
    this.#cache = new ProcessCache((process) => this.#make(process), {
      limit,
      reader: new ProcessReader(sources),
      ...(now !== undefined && { now }),
    })
  }

  /** Reads the clock. Call it once a batch. */
  refresh(): void {
    this.#cache.refresh()
  }

  /** The owner of report `i`. */
  of(records: NetworkObservations, i: number): Owner {
    return this.#cache.valueOf(records, i)
  }

  #make(process: ProcessIdentity): Owner {
    const { cgroup, names } = process
    return {
      process: this.#resource(processAttributes(process, this.#facts)),
      container: this.#resource(processAttributes({ ...NOBODY, cgroup, names }, this.#facts)),
    }
  }

  #resource(attributes: Attributes): Resource {
    const text = JSON.stringify(attributes)
    const resource = this.#resources.get(text) ?? new Resource(attributes)
    // The one that was asked for longest ago makes room.
    this.#resources.delete(text)
    this.#resources.set(text, resource)
    if (this.#resources.size > this.#limit)
      this.#resources.delete(this.#resources.keys().next().value as string)
    return resource
  }
}
