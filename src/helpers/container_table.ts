import type { CgroupOwner } from './container.ts'
import { type ContainerNames, NO_NAMES, readContainerNames } from './container_names.ts'

/** How long it counts that nothing was found, in milliseconds. */
const RETRY_MS = 60_000

/** What a container table depends on. */
export interface ContainerTableOptions {
  /** Containers that are kept; the one that was read longest ago makes room. */
  readonly limit?: number
  /** Where the host's files are, in the order in which they are tried; `` is this process's own root. */
  readonly roots?: readonly string[]
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number
}

/**
 * Names of containers by their id, from the files of their runtimes. In a container the host's files
 * are those of process 1, where the agent shares the host's process namespace.
 */
export class ContainerTable {
  readonly #known = new Map<string, { names: ContainerNames; found: boolean; readMs: number }>()
  readonly #limit: number
  readonly #roots: readonly string[]
  readonly #now: () => number

  constructor({
    limit = 2048,
    roots = ['', '/proc/1/root'],
    now = () => performance.now(),
  }: ContainerTableOptions = {}) {
    this.#limit = limit
    this.#roots = roots
    this.#now = now
  }

  /** What the container is called. */
  namesOf(owner: CgroupOwner): ContainerNames {
    if (owner.containerId === '') return NO_NAMES
    const known = this.#known.get(owner.containerId)
    if (known && (known.found || this.#now() - known.readMs < RETRY_MS)) return known.names
    const found = this.#read(owner)
    this.#keep(owner.containerId, found)
    return found ?? NO_NAMES
  }

  #read(owner: CgroupOwner): ContainerNames | undefined {
    for (const root of this.#roots) {
      const names = readContainerNames(root, owner)
      if (names) return names
    }
    return undefined
  }

  #keep(id: string, found: ContainerNames | undefined): void {
    this.#known.delete(id)
    this.#known.set(id, {
      names: found ?? NO_NAMES,
      found: found !== undefined,
      readMs: this.#now(),
    })
    if (this.#known.size > this.#limit)
      this.#known.delete(this.#known.keys().next().value as string)
  }
}
