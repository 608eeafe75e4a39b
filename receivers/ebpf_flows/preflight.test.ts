import { expect, it } from 'vitest'
import { ebpfFlowsRequirements } from './preflight.ts'

it('names what it needs of the machine, and what it can do without', () => {
  const names = (needed: boolean): string[] =>
    ebpfFlowsRequirements().flatMap((one) => (one.needed === needed ? [one.name] : []))
  expect(names(true)).toEqual([
    'Linux 5.10 or later',
    'BTF of the running kernel (/sys/kernel/btf/vmlinux)',
    'CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN',
    'cgroup v2 hierarchy mounted',
    'programs at cgroup_skb',
    'socket-local storage',
    'ring buffer',
  ])
  expect(names(false)).toEqual([
    'tp_btf/inet_sock_set_state',
    'socket-local storage in tracepoints',
    'socket-local storage at cgroup/sock_release',
    'tp_btf/kfree_skb',
    'fentry programs',
    'events of connection tracking',
    'programs at interfaces',
    'tcx',
  ])
})

it('says of each whether it is there, and of what can be missing what is lost then', () => {
  for (const { answer, needed, fallback } of ebpfFlowsRequirements()) {
    expect(['supported', 'not_supported', 'unknown']).toContain(answer)
    expect(fallback === undefined).toBe(needed)
  }
})
