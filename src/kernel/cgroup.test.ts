import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cgroup2Root } from './cgroup.ts'

const UNIFIED = '32 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n'
const HYBRID =
  '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n' +
  '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n' +
  '41 31 0:38 / /sys/fs/cgroup/unified rw shared:1 master:2 - cgroup2 cgroup2 rw\n'
const ROOTFS = '23 1 8:1 / / rw,relatime shared:1 - ext4 /dev/cgroup2 rw\n'

describe('the root of the cgroup v2 hierarchy', () => {
  it.each([
    ['alone', ROOTFS + UNIFIED, '/sys/fs/cgroup'],
    ['beside v1 controllers', ROOTFS + HYBRID, '/sys/fs/cgroup/unified'],
    ['with optional fields or none', '41 31 0:38 / /a rw - cgroup2 none rw\n', '/a'],
    [
      'under a path with a blank and a backslash',
      '41 31 0:38 / /a\\040b\\134c rw - cgroup2 n rw',
      '/a b\\c',
    ],
    [
      'twice, of which the first is taken',
      '41 31 0:38 / /one rw - cgroup2 n rw\n42 31 0:38 / /two rw - cgroup2 n rw\n',
      '/one',
    ],
    [
      'with only a part of it bound elsewhere',
      `40 31 0:38 /system.slice /part rw - cgroup2 n rw\n${UNIFIED}`,
      '/sys/fs/cgroup',
    ],
    [
      "as the host's in a container that has a cgroup namespace of its own",
      `${UNIFIED}86 76 0:38 /../../.. /host/cgroup rw - cgroup2 cgroup2 rw\n`,
      '/host/cgroup',
    ],
    [
      'above several levels, of which the topmost is taken',
      '86 76 0:38 /.. /pod rw - cgroup2 n rw\n87 76 0:38 /../../.. /host rw - cgroup2 n rw\n88 76 0:38 / /own rw - cgroup2 n rw\n',
      '/host',
    ],
  ])('is found %s', (_, mountinfo, root) => {
    expect(cgroup2Root(mountinfo)).toBe(root)
  })

  it.each([
    ['nothing is mounted', ''],
    ['only v1 is', '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n'],
    ['only a part of it is', '40 31 0:38 /system.slice /part rw - cgroup2 n rw\n'],
    ["only a sibling's part is", '40 31 0:38 /../other /part rw - cgroup2 n rw\n'],
    ['a device is called so', ROOTFS],
  ])('is not found where %s', (_, mountinfo) => {
    expect(cgroup2Root(mountinfo)).toBeUndefined()
  })

  it('is a directory of cgroups on this machine, where it is mounted', () => {
    const root = cgroup2Root()
    if (root !== undefined) expect(existsSync(join(root, 'cgroup.procs'))).toBe(true)
  })
})
