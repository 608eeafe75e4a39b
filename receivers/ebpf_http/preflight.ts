import type { Requirement } from '../../src/component/requirement.ts'
import {
  cgroupRequirement,
  helperRequirement,
  hostRequirements,
  mapTypeRequirement,
  programTypeRequirement,
  tracepointRequirement,
} from '../../src/kernel/host.ts'

/** What is lost where the end of connections is not seen. */
export const WITHOUT_STATE =
  'responses that last until the connection closes, and requests that get none, are not reported'

/** What is lost where it is not seen when a program reads. */
export const WITHOUT_READ = 'how long requests waited to be read is not reported'

/** What is done, and lost, where tracepoints cannot reach what is kept of a connection: before 5.11. */
export const WITHOUT_STORAGE =
  'sockops tells of the end of connections that begin from now on; how long requests waited to be ' +
  'read is not reported'

/** What is lost where connections cannot be walked. */
export const WITHOUT_OPEN = 'exchanges that take long are reported at their end only'

/** What is lost where the files of processes cannot be walked. */
export const WITHOUT_OWNERS = 'sockets older than the agent have no process until they send'

/** What `ebpf_http` needs of the machine. */
export function ebpfHttpRequirements(): Requirement[] {
  return [
    ...hostRequirements(),
    cgroupRequirement(),
    programTypeRequirement('cgroup_skb', 'programs at cgroup_skb'),
    mapTypeRequirement('sk_storage', 'socket-local storage'),
    mapTypeRequirement('ringbuf', 'ring buffer'),
    tracepointRequirement('inet_sock_set_state', WITHOUT_STATE),
    tracepointRequirement('tcp_rcv_space_adjust', WITHOUT_READ),
    helperRequirement(
      'tracing',
      'sk_storage_get',
      'socket-local storage in tracepoints',
      WITHOUT_STORAGE,
    ),
  ]
}
