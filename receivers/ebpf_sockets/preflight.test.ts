import { expect, it } from 'vitest'
import { ebpfSocketsRequirements } from './preflight.ts'

it('names what it needs of the machine, and what it can do without', () => {
  const names = (needed: boolean): string[] =>
    ebpfSocketsRequirements().flatMap((one) => (one.needed === needed ? [one.name] : []))
  expect(names(true)).toEqual([
    'Linux 5.10 or later',
    'BTF of the running kernel (/sys/kernel/btf/vmlinux)',
    'CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN',
    'socket-local storage',
    'ring buffer',
    'tp_btf/inet_sock_set_state',
  ])
  expect(names(false)).toEqual([
    'tp_btf/tcp_receive_reset',
    'tp_btf/tcp_send_reset',
    'socket-local storage in tracepoints',
    'fentry programs',
    'events of connection tracking',
  ])
})
