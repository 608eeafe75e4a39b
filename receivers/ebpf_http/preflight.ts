import type { Requirement } from '../../src/component/requirement.ts'
import {
  cgroupRequirement,
  hostRequirements,
  mapTypeRequirement,
  programTypeRequirement,
  tracepointRequirement,
} from '../../src/kernel/host.ts'

/** What is lost where the end of connections is not seen. */
export const WITHOUT_STATE =
  'responses that last until the connection closes, and requests that get none, are not reported'

/** What `ebpf_http` needs of the machine. */
export function ebpfHttpRequirements(): Requirement[] {
  return [
    ...hostRequirements(),
    cgroupRequirement(),
    programTypeRequirement('cgroup_skb', 'programs at cgroup_skb'),
    mapTypeRequirement('sk_storage', 'socket-local storage'),
    mapTypeRequirement('ringbuf', 'ring buffer'),
    tracepointRequirement('inet_sock_set_state', WITHOUT_STATE),
  ]
}
