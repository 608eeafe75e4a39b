import { expect, it } from 'vitest'
import { hierarchiesIn } from './hierarchies.ts'

it('finds controllers of v1 beside v2, and those that share a hierarchy', () => {
  const found = hierarchiesIn(
    [
      '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
      '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 - cgroup cgroup rw,cpu,cpuacct',
      '33 31 0:30 / /sys/fs/cgroup/mem\\040ory rw - cgroup cgroup rw,memory',
      '34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
      '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate',
    ].join('\n'),
  )
  expect(found.unified).toBe('/sys/fs/cgroup/unified')
  expect([...found.v1]).toEqual([
    ['cpu', '/sys/fs/cgroup/cpu,cpuacct'],
    ['cpuacct', '/sys/fs/cgroup/cpu,cpuacct'],
    ['memory', '/sys/fs/cgroup/mem ory'],
  ])
})

it('takes the mount that is nearest to the root, and no part of a hierarchy', () => {
  const found = hierarchiesIn(
    [
      '30 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
      '86 76 0:28 /../../.. /host/cgroup rw - cgroup2 cgroup2 rw',
      '87 76 0:28 /system.slice /part rw - cgroup2 cgroup2 rw',
      '88 76 0:29 /docker/x /part/memory rw - cgroup cgroup rw,memory',
    ].join('\n'),
  )
  expect(found).toEqual({ unified: '/host/cgroup', v1: new Map() })
})
