import { readFileSync, readlinkSync } from 'node:fs'
import { isGone } from '../../src/helpers/scraper.ts'

/** What a cgroup of threads answers when it is asked for its processes. */
const HAS_NONE = 'EOPNOTSUPP'

/** Reads files that may disappear at any time: undefined then. Throws for another reason. */
export function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, 'utf8'))
}

/** The host's network namespace: that of process 1, or the agent's own where that is kept from it. */
export function hostNamespace(proc: string): string | undefined {
  for (const pid of [1, 'self'] as const) {
    try {
      const namespace = networkNamespace(proc, pid)
      if (namespace !== undefined) return namespace
    } catch {
      // Some hosts keep process 1 from everybody.
    }
  }
  return undefined
}

/** A process's network namespace, `net:[4026531840]`; undefined where the process has ended. */
export function networkNamespace(proc: string, pid: number | 'self'): string | undefined {
  return ifThere(() => readlinkSync(`${proc}/${pid}/ns/net`))
}

function ifThere(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    if (isGone(error) || (error as { code?: unknown }).code === HAS_NONE) return undefined
    throw error
  }
}

/** Names of block devices by their numbers, `8:0`, from `/proc/diskstats`. */
export function deviceNames(proc: string): (device: string) => string {
  const names = new Map<string, string>()
  for (const line of readIfThere(`${proc}/diskstats`)?.split('\n') ?? []) {
    const [major, minor, name] = line.trim().split(/\s+/)
    if (name !== undefined) names.set(`${major}:${minor}`, name)
  }
  return (device) => names.get(device) ?? device
}
