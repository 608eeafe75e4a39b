import { readFileSync } from 'node:fs'

/** What to do where no cgroup v2 hierarchy is mounted. */
export const MOUNT_CGROUP2 =
  'Mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified'

/**
 * Where the cgroup v2 hierarchy is mounted, or undefined where it is not. Of several mounts the one
 * nearest to the hierarchy's root is meant. Which that is, the mount's root tells (fourth field): `/`
 * is the root of the reader's cgroup namespace, `/..` what is above it, as a container sees the
 * host's hierarchy that is mounted into it, and another path only a part of the hierarchy.
 * Format: proc_pid_mountinfo(5), cgroup_namespaces(7).
 */
export function cgroup2Root(
  mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8'),
): string | undefined {
  let found: string | undefined
  let levels = -1
  for (const line of mountinfo.split('\n')) {
    const [fields, tail] = line.split(' - ')
    if (!tail?.startsWith('cgroup2 ')) continue
    const [, , , root = '', mountPoint = ''] = (fields as string).split(' ')
    if (!/^(?:\/|(?:\/\.\.)+)$/.test(root) || root.length / 3 <= levels) continue
    levels = root.length / 3
    found = unescapeOctal(mountPoint)
  }
  return found
}

/** The kernel writes blanks and backslashes in paths as `\040`. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
