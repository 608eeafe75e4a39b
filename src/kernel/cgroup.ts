import { readFileSync } from 'node:fs'

/** What to do where no cgroup v2 hierarchy is mounted. */
export const MOUNT_CGROUP2 =
  'Mount it: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified'

/**
 * Where the cgroup v2 hierarchy is mounted, or undefined where it is not. Of several mounts the one
 * whose root is the hierarchy's own (`/` in the fourth field) is meant: a container's own view of
 * its cgroup namespace would show only itself. Format: proc_pid_mountinfo(5).
 */
export function cgroup2Root(
  mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8'),
): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [fields, tail] = line.split(' - ')
    if (!tail?.startsWith('cgroup2 ')) continue
    const [, , , root, mountPoint] = (fields as string).split(' ')
    if (root === '/' && mountPoint) return unescapeOctal(mountPoint)
  }
  return undefined
}

/** The kernel writes blanks and backslashes in paths as `\040`. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
