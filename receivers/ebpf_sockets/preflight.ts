import type { Requirement } from '../../src/component/requirement.ts'
import {
  helperRequirement,
  hostRequirements,
  mapTypeRequirement,
  tracepointRequirement,
} from '../../src/kernel/host.ts'

/** What is lost where open connections cannot be walked. */
export const WITHOUT_WALK = 'connections are reported when they end, and not while they are open'

/** What is done, and lost, where tracepoints have no socket storage: before 5.11. */
export const WITHOUT_STORAGE = `${WITHOUT_WALK}; resets are not counted`

/** What is lost where the files of processes cannot be walked. */
export const WITHOUT_ADOPT = 'connections older than the agent are not reported'

/** What is lost without a reset's hook. */
export const WITHOUT_RESETS = 'resets are not counted'

/** What is lost where the kernel does not tell its clock. */
export const WITHOUT_JIFFIES = 'time limited by the receive window is not reported'

/** What `ebpf_sockets` needs of the machine. */
export function ebpfSocketsRequirements(): Requirement[] {
  return [
    ...hostRequirements(),
    mapTypeRequirement('sk_storage', 'socket-local storage'),
    mapTypeRequirement('ringbuf', 'ring buffer'),
    tracepointRequirement('inet_sock_set_state'),
    tracepointRequirement('tcp_receive_reset', WITHOUT_RESETS),
    tracepointRequirement('tcp_send_reset', WITHOUT_RESETS),
    helperRequirement(
      'tracing',
      'sk_storage_get',
      'socket-local storage in tracepoints',
      WITHOUT_STORAGE,
    ),
  ]
}
