import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { atEnd } from './cleanup.ts'
import { eventually } from './eventually.ts'

/** A cgroup that looks like that of a Docker container, in every hierarchy of this machine. */
export interface ContainerCgroup {
  /** 64 hexadecimal digits. */
  readonly id: string
  /** Its directory by controller: `unified` for v2, else as v1 calls them. */
  readonly folders: ReadonlyMap<string, string>
  /** Moves a process, and what it starts from then on, into it. */
  readonly enter: (pid: number) => void
}

/** Makes it until the tests end; needs root. */
export function makeContainerCgroup(id: string): ContainerCgroup {
  const folders = new Map<string, string>()
  for (const [name, root] of hierarchies()) {
    const folder = join(root, 'docker', id)
    mkdirSync(folder, { recursive: true })
    folders.set(name, folder)
    if (name === 'unified') passDown(root)
  }
  const all = [...new Set(folders.values())]
  atEnd(`container cgroup ${id.slice(0, 12)}`, async () => {
    for (const folder of all) await eventually(() => rmdirSync(folder))
    for (const folder of all) removeIfEmpty(dirname(folder))
  })
  const enter = (pid: number): void => {
    for (const folder of all) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
  }
  return { id, folders, enter }
}

/** Where hierarchies are mounted, by controller. */
function hierarchies(): [string, string][] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line): [string, string][] => {
      const [, root = '', type, options = ''] = line.split(' ')
      if (type === 'cgroup2') return [['unified', root]]
      if (type !== 'cgroup') return []
      const names = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids']
      return names.filter((name) => options.split(',').includes(name)).map((name) => [name, root])
    })
}

/** Controllers count in a cgroup of v2 where those above it hand them down. */
function passDown(root: string): void {
  for (const folder of [root, join(root, 'docker')])
    for (const controller of ['cpu', 'memory', 'io', 'pids'])
      try {
        writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`)
      } catch {
        // Some kernels lack it, and some have it in v1.
      }
}

/** Removes a cgroup unless there are others in it. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody else's containers are in it.
  }
}
