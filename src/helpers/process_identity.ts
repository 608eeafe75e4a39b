import { CgroupTable } from './cgroup_table.ts'
import { ContainerTable } from './container_table.ts'
import { cgroupAt, NO_CGROUP, type ProcessCgroup } from './container.ts'
import { type ContainerNames, NO_NAMES } from './container_names.ts'
import { type ProcessInfo, readProcess, readStartTime } from './process_info.ts'

/** Everything that the host says of a process. */
export interface ProcessIdentity {
  /** 0 where it is not known. */
  readonly pid: number
  /** The name in the kernel's record; may be empty. */
  readonly comm: string
  /** Undefined where the process was gone, or is not known. */
  readonly info: ProcessInfo | undefined
  /** Its own cgroup, or that of its socket where it is gone. */
  readonly cgroup: ProcessCgroup
  /** Of the container that the cgroup belongs to. */
  readonly names: ContainerNames
}

/** A process of which nothing is known. */
export const NOBODY: ProcessIdentity = {
  pid: 0,
  comm: '',
  info: undefined,
  cgroup: NO_CGROUP,
  names: NO_NAMES,
}

/** Where processes are looked up. */
export interface ProcessSources {
  /** Where the proc filesystem is mounted. */
  readonly proc?: string
  /** Says whose sockets are whose processes are gone; without it they are nobody's. */
  readonly cgroups?: CgroupTable
  readonly containers?: ContainerTable
}

/** Reads processes, and what their cgroups say of them. */
export class ProcessReader {
  readonly #proc: string
  readonly #cgroups: CgroupTable
  readonly #containers: ContainerTable

  constructor({
    proc = '/proc',
    cgroups = new CgroupTable({ root: () => undefined }),
    containers = new ContainerTable({ roots: ['', `${proc}/1/root`] }),
  }: ProcessSources = {}) {
    this.#proc = proc
    this.#cgroups = cgroups
    this.#containers = containers
  }

  /** What /proc says of a process, or undefined when it is gone or none. */
  read(pid: number): ProcessInfo | undefined {
    return readProcess(pid, this.#proc)
  }

  /** When the process that has that pid now began; empty when there is none. */
  startTime(pid: number): string {
    return readStartTime(pid, this.#proc)
  }

  /** @param cgroupId the cgroup that its socket was made in, or 0; counts where `info` is missing */
  identify(
    pid: number,
    comm: string,
    info: ProcessInfo | undefined,
    cgroupId: number,
  ): ProcessIdentity {
    const cgroup = info?.cgroup ?? this.#cgroupOf(cgroupId)
    return { pid, comm, info, cgroup, names: this.#containers.namesOf(cgroup.owner) }
  }

  /** The path of the cgroup of that id; empty where it is not known. */
  cgroupPath(id: number): string {
    return this.#cgroups.pathOf(id)
  }

  /** Whether asking again may tell the path of a cgroup that was not known. */
  mayFindCgroup(id: number): boolean {
    return this.#cgroups.mayFind(id)
  }

  #cgroupOf(id: number): ProcessCgroup {
    const path = this.cgroupPath(id)
    return path === '' ? NO_CGROUP : cgroupAt(path)
  }
}
