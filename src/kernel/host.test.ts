import { describe, expect, it } from 'vitest'
import {
  cgroupRequirement,
  helperRequirement,
  hostRequirements,
  kernelRequirement,
  mapTypeRequirement,
  programTypeRequirement,
  rightsRequirement,
  tracepointRequirement,
} from './host.ts'

/** The line of /proc/self/status for a process that has these capabilities, by their numbers. */
function statusWith(...bits: number[]): string {
  const mask = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
  return `Name:\twaggle\nCapInh:\t0000000000000000\nCapEff:\t${mask.toString(16).padStart(16, '0')}\n`
}

const [NET_ADMIN, SYS_ADMIN, PERFMON, BPF] = [12, 21, 38, 39]

describe('the kernel', () => {
  it.each(['5.10.0', '5.10', '5.10-custom', '5.15.0-91-generic', '6.1.0-rc1', '10.0.1'])(
    '%s is new enough',
    (release) => {
      expect(kernelRequirement(release)).toEqual({
        name: 'Linux 5.10 or later',
        answer: 'supported',
        needed: true,
        found: release,
        remedy: 'Run a newer kernel.',
      })
    },
  )

  it.each(['5.9.16', '4.19.0-25-amd64', '5.4', 'nonsense', ''])('%j is too old', (release) => {
    expect(kernelRequirement(release)).toMatchObject({ answer: 'not_supported', found: release })
  })
})

describe('the rights', () => {
  it.each([
    ['root', statusWith(...Array.from({ length: 41 }, (_, bit) => bit))],
    ['the three capabilities', statusWith(BPF, PERFMON, NET_ADMIN)],
    ['CAP_SYS_ADMIN, which has two of them in it', statusWith(SYS_ADMIN, NET_ADMIN)],
  ])('are held with %s', (_, status) => {
    expect(rightsRequirement(status)).toEqual({
      name: 'CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN',
      answer: 'supported',
      needed: true,
      found: 'held',
      remedy: 'Run as root, or grant these capabilities to the process.',
    })
  })

  it.each([
    ['none', statusWith(), 'missing CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN'],
    ['one', statusWith(BPF), 'missing CAP_PERFMON, CAP_NET_ADMIN'],
    ['two', statusWith(BPF, NET_ADMIN), 'missing CAP_PERFMON'],
    ['CAP_SYS_ADMIN alone', statusWith(SYS_ADMIN), 'missing CAP_NET_ADMIN'],
    [
      'neighbours of those wanted',
      statusWith(11, 13, 37, 40),
      'missing CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN',
    ],
    ['no line about them', 'Name:\twaggle\n', 'missing CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN'],
  ])('are not held with %s', (_, status, found) => {
    expect(rightsRequirement(status)).toMatchObject({ answer: 'not_supported', found })
  })
})

describe('the cgroup v2 hierarchy', () => {
  it('is supported where it is mounted', () => {
    const { answer, found } = cgroupRequirement('/sys/fs/cgroup')
    expect([answer, found]).toEqual(['supported', '/sys/fs/cgroup'])
  })
})

it('asks the running kernel for its BTF, and says what to do without', () => {
  expect(hostRequirements()[1]).toMatchObject({
    name: 'BTF of the running kernel (/sys/kernel/btf/vmlinux)',
    needed: true,
    remedy: 'Run a kernel that is built with CONFIG_DEBUG_INFO_BTF=y, as distributions ship it.',
  })
})

it('says in words what a type of program or map is for', () => {
  expect(programTypeRequirement('cgroup_skb', 'programs at sockets').name).toBe(
    'programs at sockets',
  )
  expect(mapTypeRequirement('hash', 'tables').name).toBe('tables')
})

describe('a tracepoint', () => {
  it('that no kernel has is missing, and needed unless there is a fallback', () => {
    expect(tracepointRequirement('no_such_tracepoint')).toEqual({
      name: 'tp_btf/no_such_tracepoint',
      answer: 'not_supported',
      needed: true,
      found: 'not in the kernel BTF',
    })
    expect(tracepointRequirement('no_such_tracepoint', 'nothing is done')).toMatchObject({
      needed: false,
      fallback: 'nothing is done',
    })
  })
})

describe('a helper', () => {
  it('that programs of a type cannot call is missing, and needed unless there is a fallback', () => {
    const name = 'redirection by a socket filter'
    const asked = helperRequirement('socket_filter', 'redirect', name)
    // Without rights the kernel does not say.
    expect(asked).toMatchObject({ name, needed: true })
    expect(['not_supported', 'unknown']).toContain(asked.answer)
    expect(helperRequirement('socket_filter', 'redirect', name, 'none is done')).toMatchObject({
      needed: false,
      fallback: 'none is done',
    })
  })

  it('that they can call is there', () => {
    const asked = helperRequirement('socket_filter', 'ktime_get_ns', 'a clock')
    expect(['supported', 'unknown']).toContain(asked.answer)
  })
})
