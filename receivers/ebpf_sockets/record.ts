/**
 * Where the fields of `struct socket_report` stand (bpf/sockets/sockets.h and bpf/include/record.h),
 * in bytes. A test compares them with the BTF of the built object.
 */
export const SOCKET_REPORT = {
  type: 0,
  role: 4,
  reset: 5,
  error: 6,
  'socket.cookie': 8,
  'socket.cgroup_id': 16,
  'socket.netns': 24,
  'socket.pid': 28,
  'socket.tid': 32,
  'socket.local_port': 36,
  'socket.remote_port': 38,
  'socket.local_address': 40,
  'socket.remote_address': 56,
  'socket.comm': 72,
  bytes_sent: 88,
  bytes_received: 96,
  packets_sent: 104,
  packets_received: 108,
  retransmits: 112,
  out_of_order: 116,
  rwnd_limited: 120,
  listen_overflows: 124,
  'events.connect_us': 128,
  'events.resets_sent': 132,
  'events.resets_received': 134,
  'events.opened': 136,
  'events.accepted': 137,
  'events.closed': 138,
  'events.failed': 139,
  srtt_us: 140,
  min_rtt_us: 144,
  rtt_var_us: 148,
  'asked.address': 152,
  'asked.port': 168,
} as const

/** Bytes of a report. */
export const REPORT_SIZE = 176

/** `enum socket_role`. */
export const SOCKET_ROLE = { unknown: 0, server: 1, client: 2, listener: 3 } as const

/** `enum reset_reason`, by number: names of the kernel's reasons without what all have in common. */
export const RESET_REASONS = [
  '',
  'NO_SOCKET',
  'INVALID_ACK_SEQUENCE',
  'PAWS',
  'TOO_OLD_ACK',
  'ACK_UNSENT_DATA',
  'FLAGS',
  'OLD_ACK',
  'ABORT_ON_DATA',
  'TIMEWAIT',
  'INVALID_SYN',
  'ABORT_ON_CLOSE',
  'ABORT_ON_LINGER',
  'ABORT_ON_MEMORY',
  'STATE',
  'KEEPALIVE_TIMEOUT',
  'DISCONNECT_WITH_DATA',
] as const

/** `enum socket_counter`, by index. */
export const SOCKET_COUNTERS = [
  'records',
  'ring_full',
  'no_storage',
  'resets_other',
  'excluded',
  'no_asked',
] as const
/** One of the counts that the kernel programs keep. */
export type SocketCounter = (typeof SOCKET_COUNTERS)[number]
