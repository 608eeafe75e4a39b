/** The controllers whose files are read. */
export const CONTROLLERS = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids'] as const
/** A controller of cgroup v1. */
export type Controller = (typeof CONTROLLERS)[number]

/** Where cgroups are mounted. */
export interface Hierarchies {
  /** The v2 hierarchy; undefined where it is not mounted. */
  readonly unified: string | undefined
  /** The v1 hierarchy of each controller that has one; several controllers may share one. */
  readonly v1: ReadonlyMap<Controller, string>
}

interface Found {
  readonly point: string
  readonly levels: number
}

/**
 * Reads `/proc/self/mountinfo`. Of several mounts of a hierarchy the one nearest to its root is meant:
 * `/` is the root of the reader's cgroup namespace, `/..` what is above it, another path only a part.
 * Format: proc_pid_mountinfo(5), cgroup_namespaces(7).
 */
export function hierarchiesIn(mountinfo: string): Hierarchies {
  let unified: Found | undefined
  const v1 = new Map<Controller, Found>()
  for (const line of mountinfo.split('\n')) {
    const [fields = '', tail = ''] = line.split(' - ')
    const [type, , options = ''] = tail.split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const found = mountOf(fields)
    if (!found) continue
    if (type === 'cgroup2') unified = nearer(unified, found)
    else
      for (const controller of controllersIn(options)) {
        v1.set(controller, nearer(v1.get(controller), found))
      }
  }
  const points = [...v1].map(([controller, { point }]) => [controller, point] as const)
  return { unified: unified?.point, v1: new Map(points) }
}

function mountOf(fields: string): Found | undefined {
  const [, , , root = '', point = ''] = fields.split(' ')
  if (!/^(?:\/|(?:\/\.\.)+)$/.test(root)) return undefined
  return { point: plain(point), levels: root === '/' ? 0 : root.length / 3 }
}

function nearer(one: Found | undefined, other: Found): Found {
  return one && one.levels >= other.levels ? one : other
}

function controllersIn(options: string): Controller[] {
  const words = options.split(',')
  return CONTROLLERS.filter((controller) => words.includes(controller))
}

/** The kernel writes blanks and backslashes in paths as `\040`. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
