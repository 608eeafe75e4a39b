import { expect, it } from 'vitest'
import { memoryTotal } from './memory_total.ts'

/** What is found on a machine of 8 GiB with these files. */
function totalOf(files: Record<string, string>): string {
  const all: Record<string, string> = { '/proc/meminfo': 'MemTotal:        8388608 kB\n', ...files }
  const { bytes, source } = memoryTotal((path) => all[path])
  return `${bytes} of ${source}`
}

const v2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n'

it('is the machine where no cgroup is limited', () => {
  expect(totalOf({})).toBe('8589934592 of /proc/meminfo')
  expect(
    totalOf({
      '/proc/self/cgroup': '0::/pods/a\n',
      '/proc/self/mountinfo': v2,
      '/sys/fs/cgroup/pods/a/memory.max': 'max\n',
    }),
  ).toBe('8589934592 of /proc/meminfo')
})

it("is the cgroup's limit, or that of one above it where that is less", () => {
  const files = {
    '/proc/self/cgroup': '0::/pods/a\n',
    '/proc/self/mountinfo': v2,
    '/sys/fs/cgroup/pods/a/memory.max': '2000000\n',
  }
  expect(totalOf(files)).toBe('2000000 of cgroup /sys/fs/cgroup/pods/a/memory.max')
  const above = { ...files, '/sys/fs/cgroup/pods/memory.max': '1000000\n' }
  expect(totalOf(above)).toBe('1000000 of cgroup /sys/fs/cgroup/pods/memory.max')
})

it('is that of the container in a cgroup namespace of its own', () => {
  expect(
    totalOf({
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': v2,
      '/sys/fs/cgroup/memory.max': '3000000\n',
    }),
  ).toBe('3000000 of cgroup /sys/fs/cgroup/memory.max')
})

it('is that of cgroup v1, where the container sees its own part alone too', () => {
  const mount =
    '35 31 0:32 /docker/f00 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n' +
    '36 31 0:33 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n'
  const membership = '5:pids:/docker/f00\n4:cpu,memory:/docker/f00\n0::/\n'
  const files = { '/proc/self/cgroup': membership, '/proc/self/mountinfo': mount }
  const limit = '/sys/fs/cgroup/memory/memory.limit_in_bytes'
  expect(totalOf({ ...files, [limit]: '4000000\n' })).toBe(`4000000 of cgroup ${limit}`)
  expect(totalOf({ ...files, [limit]: '9223372036854771712\n' })).toBe(
    '8589934592 of /proc/meminfo',
  )
})

it('is known of this machine', () => {
  expect(memoryTotal().bytes).toBeGreaterThan(64 * 1024 * 1024)
})
