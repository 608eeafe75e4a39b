import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** How much memory there is for this process, and what says so. */
export interface MemoryTotal {
  readonly bytes: number
  /** `cgroup memory.max`, `cgroup memory.limit_in_bytes` or `/proc/meminfo`, with its folder. */
  readonly source: string
}

/** A file's text; undefined where there is no such file. */
export type ReadText = (path: string) => string | undefined

/**
 * The least of the limits of this process's cgroup and of those above it, v2 and v1, and the
 * machine's memory. A cgroup that is not limited says `max` (v2) or a number beyond any machine (v1).
 * Formats: cgroups(7), the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory, proc_meminfo(5).
 */
export function memoryTotal(read: ReadText = readText): MemoryTotal {
  const [, kib = '0'] = /^MemTotal:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '') ?? []
  const machine = { bytes: Number(kib) * 1024, source: '/proc/meminfo' }
  return [...cgroupLimits(read)].reduce(
    (least, limit) => (limit.bytes < least.bytes ? limit : least),
    machine,
  )
}

function* cgroupLimits(read: ReadText): Generator<MemoryTotal> {
  const memberships = (read('/proc/self/cgroup') ?? '').split('\n').map(membership)
  for (const line of (read('/proc/self/mountinfo') ?? '').split('\n')) {
    const mount = memoryMount(line)
    const own = mount && memberships.find(({ controllers }) => controllers.has(mount.controller))
    if (!mount || !own) continue
    for (const folder of foldersUp(mount, own.path)) {
      const path = join(folder, mount.file)
      const bytes = Number.parseInt(read(path) ?? '', 10)
      if (bytes > 0) yield { bytes, source: `cgroup ${path}` }
    }
  }
}

/** `4:memory:/pods/x` (v1), `0::/pods/x` (v2). */
function membership(line: string): { controllers: ReadonlySet<string>; path: string } {
  const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
  return { controllers: new Set(controllers.split(',')), path }
}

interface MemoryMount {
  /** As `/proc/self/cgroup` names it; empty for v2. */
  readonly controller: '' | 'memory'
  /** The cgroup that is mounted there. */
  readonly root: string
  readonly folder: string
  readonly file: string
}

function memoryMount(line: string): MemoryMount | undefined {
  const [fields = '', tail = ''] = line.split(' - ')
  const [, , , root = '', folder = ''] = fields.split(' ')
  const [type, , options = ''] = tail.split(' ')
  if (type === 'cgroup2') return { controller: '', root, folder, file: 'memory.max' }
  if (type !== 'cgroup' || !options.split(',').includes('memory')) return undefined
  return { controller: 'memory', root, folder, file: 'memory.limit_in_bytes' }
}

/** The folder of a cgroup below a mount, and all above it up to the mount. */
function* foldersUp({ root, folder }: MemoryMount, path: string): Generator<string> {
  // A container may see the whole hierarchy's paths, and only its own part mounted.
  const below = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path
  for (let part = posix.join('/', below); ; part = posix.dirname(part)) {
    yield join(folder, part)
    if (part === '/') return
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
