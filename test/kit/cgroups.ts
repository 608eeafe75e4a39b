import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { atEnd } from './cleanup.ts'
import { eventually } from './eventually.ts'
import { cgroup2Root } from './gates.ts'

let alone = false

/** Whether this process is in a cgroup of its own. */
export function isAlone(): boolean {
  return alone
}

/**
 * Moves this process, and with it all that it starts from now on, into a cgroup v2 of its own until
 * the tests end; needs root.
 */
export function joinOwnCgroup(): void {
  if (alone) return
  alone = true
  const root = cgroup2Root()!
  const [, before] = readFileSync('/proc/self/cgroup', 'utf8').match(/^0::(.*)$/m)!
  const own = join(root, `waggle-${process.pid}`)
  mkdirSync(own)
  enter(own)
  atEnd(`cgroup ${own}`, async () => {
    enter(join(root, before!))
    alone = false
    await eventually(() => rmdirSync(own))
  })
}

function enter(folder: string): void {
  writeFileSync(join(folder, 'cgroup.procs'), String(process.pid))
}

/** The words before a command that make it take the cgroup that it runs in for the root of all. */
export function asCgroupRoot(): string[] {
  const mount = `umount -a -t cgroup2 && mount -t cgroup2 none ${cgroup2Root()}`
  return ['unshare', '--cgroup', '--mount', 'sh', '-c', `${mount} && exec "$0" "$@"`]
}
