import type { Requirement } from '../../src/component/requirement.ts'
import { connectRequirement } from '../../src/kernel/connect_hooks.ts'
import { natRequirement } from '../../src/kernel/nat/requirement.ts'
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

/** What is lost where nothing is seen of `connect` before TCP begins. */
export const WITHOUT_CONNECT =
  'connects that fail before TCP begins are not reported, nor what programs asked for where it was changed'

/** What is lost where it is seen by programs at cgroups alone. */
export const LATE =
  'connects that fail before TCP begins are reported once their socket is given up'

/** What is lost there without tracepoints of system calls. */
export const WITHOUT_ERRNO = `${LATE}, and without errno`

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
    connectRequirement(
      `${LATE}, without tracefs without errno; before Linux 6.17 ${WITHOUT_CONNECT}`,
    ),
    natRequirement(),
  ]
}
