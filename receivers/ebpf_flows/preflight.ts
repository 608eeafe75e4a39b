import type { Requirement } from '../../src/component/requirement.ts'
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
  ]
}
