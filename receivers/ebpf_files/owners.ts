import { hostname } from 'node:os'
import { cgroupAt, NO_CGROUP, type ProcessCgroup } from '../../src/helpers/container.ts'
import type { ContainerNames } from '../../src/helpers/container_names.ts'
import type { ContainerTable } from '../../src/helpers/container_table.ts'
import { processAttributes } from '../../src/helpers/process_attributes.ts'
import { readProcess, readStartTime, type ProcessInfo } from '../../src/helpers/process_info.ts'
import { bootId } from '../../src/helpers/process_instance.ts'
import { type SelectionRules, verdictOn } from '../../src/helpers/selection_verdict.ts'
import { Resource } from '../../src/pdata/resource.ts'
import type { CgroupPaths } from './cgroup_paths.ts'
import type { Entry } from './table.ts'

/** Whose files were read and written. */
export interface Owner {
  /** Container id, path of a service, pid and start time; empty for the rest of the host. */
  readonly key: string
  readonly resource: Resource
  /** Left out by the rules. */
  readonly leftOut: boolean
  /** Of its container; they may come to be known later. */
  readonly names: ContainerNames
}

/** What owners depend on. */
export interface OwnersOptions extends SelectionRules {
  readonly by: 'container' | 'process'
  readonly proc: string
  readonly cgroups: Pick<CgroupPaths, 'learn' | 'pathOf' | 'isGone'>
  readonly containers: ContainerTable
  readonly host?: string
}

/** Finds out whose the sums are, and whether more may still come to them. */
export class Owners {
  readonly #options: OwnersOptions
  readonly #host: { readonly name: string; readonly boot: string }
  readonly #known = new Map<string, Owner>()

  constructor(options: OwnersOptions) {
    this.#options = options
    this.#host = { name: options.host ?? hostname(), boot: bootId(options.proc) }
  }

  /** Finds out what there is to know of these; to be called before the others. */
  async learn(entries: readonly Entry[]): Promise<void> {
    await this.#options.cgroups.learn(new Set(entries.map(({ cgroupId }) => cgroupId)))
  }

  /** Whose it is; that of a process or cgroup that is gone by then stays what it was. */
  of(entry: Entry): Owner {
    const cgroup = this.#cgroupOf(entry)
    const key = this.#keyOf(entry, cgroup)
    const known = this.#known.get(key)
    const names = this.#options.containers.namesOf(cgroup.owner)
    if (known && (known.names === names || names.name + names.k8sContainer === '')) return known
    const owner = this.#read(key, entry, cgroup, names)
    this.#known.set(key, owner)
    return owner
  }

  /** Forgets one that nothing more will come of. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  /** Whether its process has ended, or its cgroup is not there any more. */
  isGone({ pid, startTime, cgroupId }: Entry): boolean {
    const { by, proc, cgroups } = this.#options
    if (by === 'process') return readStartTime(pid, proc) !== startTime
    return cgroups.isGone(cgroupId)
  }

  #keyOf({ pid, startTime }: Entry, { path, owner }: ProcessCgroup): string {
    if (this.#options.by === 'process') return `${pid} ${startTime}`
    if (owner.containerId !== '') return owner.containerId
    if (!owner.unit.endsWith('.service')) return ''
    return path.slice(0, path.lastIndexOf(`/${owner.unit}`) + 1 + owner.unit.length)
  }

  #cgroupOf({ cgroupId }: Entry): ProcessCgroup {
    const path = this.#options.cgroups.pathOf(cgroupId)
    return path === '' ? NO_CGROUP : cgroupAt(path)
  }

  #read(key: string, entry: Entry, cgroup: ProcessCgroup, names: ContainerNames): Owner {
    const identity = { ...this.#identityOf(entry, cgroup), names }
    const { leftOut } = verdictOn(identity, this.#options)
    const attributes =
      key === ''
        ? { 'host.name': this.#host.name, 'os.type': 'linux' }
        : processAttributes(identity, this.#host)
    return { key, names, leftOut: leftOut !== '', resource: new Resource(attributes) }
  }

  #identityOf({ pid, startTime, firstPid, comm }: Entry, cgroup: ProcessCgroup) {
    const { by, proc } = this.#options
    if (by === 'process') {
      const info = readProcess(pid, proc)
      if (info?.startTime !== startTime) return { pid, comm, info: undefined, cgroup }
      return { pid, comm, info, cgroup: info.cgroup }
    }
    // Without a pid: these are the attributes of a container, not of one of its processes.
    return { pid: 0, comm: '', info: memberOf(cgroup, readProcess(firstPid, proc)), cgroup }
  }
}

/** The process, if it is one of that container or service: its number may be another one's by now. */
function memberOf({ owner }: ProcessCgroup, info: ProcessInfo | undefined) {
  const same =
    info?.cgroup.owner.containerId === owner.containerId && info.cgroup.owner.unit === owner.unit
  return same ? info : undefined
}
