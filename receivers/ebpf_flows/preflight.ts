import { probeAttach, tracepointArguments } from 'libbpf-addon'
import type { Requirement } from '../../src/component/requirement.ts'
import { connectRequirement } from '../../src/kernel/connect_hooks.ts'
import { natRequirement } from '../../src/kernel/nat/requirement.ts'
import {
  cgroupRequirement,
  helperRequirement,
  hostRequirements,
  mapTypeRequirement,
  programTypeRequirement,
  tracepointRequirement,
} from '../../src/kernel/host.ts'

/** What is lost where the states of TCP sockets are not seen. */
export const WITHOUT_STATE = 'TCP flows of connections that begin from now on are not counted'

/** What is lost where TCP's counters cannot be walked. */
export const WITHOUT_TCP = 'TCP flows are counted at the end of their connections only'

/** What is lost where it is not seen that sockets are closed. */
export const WITHOUT_RELEASE = 'what connected UDP sockets did last is not counted'

/** What is lost where it is not seen that sockets are bound. */
export const WITHOUT_BIND = 'UDP sockets that only receive have no process'

/** What is lost where the files of processes cannot be walked. */
export const WITHOUT_OLDER =
  'TCP connections older than the agent are not counted, UDP sockets have no process until they send'

/** What is lost where it is not seen that packets are dropped. */
export const WITHOUT_DROPS = 'dropped packets are not counted'

/** What is lost where it is not seen what `connect` is given. */
export const WITHOUT_ASKED =
  'what programs asked for is not told where their connections are to something else'

/** What is lost where the kernel does not say why: before Linux 5.17. */
export const WITHOUT_REASON = 'dropped packets are counted without a reason'

/** What is lost where programs cannot look at what passes interfaces. */
export const WITHOUT_INTERFACES = 'nothing is counted at interfaces'

/** What is done where there is no tcx: before Linux 6.6. */
export const WITHOUT_TCX =
  '`interfaces` are watched by filters of tc, which an agent that was killed leaves behind'

/** What `ebpf_flows` needs of the machine. */
export function ebpfFlowsRequirements(): Requirement[] {
  return [
    ...hostRequirements(),
    cgroupRequirement(),
    programTypeRequirement('cgroup_skb', 'programs at cgroup_skb'),
    mapTypeRequirement('sk_storage', 'socket-local storage'),
    mapTypeRequirement('ringbuf', 'ring buffer'),
    tracepointRequirement('inet_sock_set_state', WITHOUT_STATE),
    helperRequirement(
      'tracing',
      'sk_storage_get',
      'socket-local storage in tracepoints',
      WITHOUT_STATE,
    ),
    helperRequirement(
      'cgroup_sock',
      'sk_storage_get',
      'socket-local storage at cgroup/sock_release',
      WITHOUT_RELEASE,
    ),
    dropsRequirement(),
    connectRequirement(`from Linux 6.17 programs at cgroups; before that ${WITHOUT_ASKED}`),
    natRequirement(),
    ...interfaceRequirements(),
  ]
}

function interfaceRequirements(): Requirement[] {
  const programs = programTypeRequirement('sched_cls', 'programs at interfaces')
  const { answer, reason } = probeAttach('tcx')
  const found = reason !== undefined && { found: reason }
  return [
    { ...programs, needed: false, fallback: WITHOUT_INTERFACES },
    { name: 'tcx', answer, needed: false, fallback: WITHOUT_TCX, ...found },
  ]
}

function dropsRequirement(): Requirement {
  const args = tracepointArguments('kfree_skb')
  if (args === undefined || args > 2) return tracepointRequirement('kfree_skb', WITHOUT_DROPS)
  return { ...tracepointRequirement('kfree_skb', WITHOUT_REASON), answer: 'not_supported' }
}
