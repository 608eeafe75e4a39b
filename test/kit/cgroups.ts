import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { atEnd } from './cleanup.ts'
import { eventually } from './eventually.ts'
import { cgroup2Root } from './gates.ts'

let made = 0

/**
 * Makes a cgroup v2, for the `cgroup` option of everything that starts a program; needs root. It is
 * removed when the programs in it have ended.
 */
export function ownCgroup(): string {
  const folder = join(cgroup2Root()!, `waggle-${process.pid}-${(made += 1)}`)
  mkdirSync(folder)
  atEnd(`cgroup ${folder}`, () => eventually(() => rmdirSync(folder)))
  return folder
}

/**
 * The words before a command that make it take the cgroup it runs in for the root of all: an agent
 * then sees the sockets of this cgroup alone, and nobody else's on the machine are counted.
 */
export function asCgroupRoot(): string[] {
  const mount = `umount -a -t cgroup2 && mount -t cgroup2 none ${cgroup2Root()}`
  return ['unshare', '--cgroup', '--mount', 'sh', '-c', `${mount} && exec "$0" "$@"`]
}
