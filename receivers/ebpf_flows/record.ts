/** Bytes of `struct flow_report` of bpf/flows/flows.h. */
export const REPORT_SIZE = 152

/** Where its fields stand. A test compares it with the BTF of the built object. */
export const FLOW_REPORT = {
  'socket.cookie': 0,
  'socket.cgroup_id': 8,
  'socket.netns': 16,
  'socket.pid': 20,
  'socket.tid': 24,
  'socket.local_port': 28,
  'socket.remote_port': 30,
  'socket.local_address': 32,
  'socket.remote_address': 48,
  'socket.comm': 64,
  'counts.bytes_sent': 80,
  'counts.bytes_received': 88,
  'counts.packets_sent': 96,
  'counts.packets_received': 104,
  drops: 112,
  reason: 120,
  protocol: 124,
  role: 125,
  'asked.address': 128,
  'asked.port': 144,
  ifindex: 148,
} as const

/** `enum flow_role`. */
export const FLOW_ROLE = { peer: 0, server: 1, client: 2 } as const

/** `enum flow_counter`, in its order. */
export const FLOW_COUNTERS = [
  'closed',
  'ring_full',
  'no_storage',
  'peers_full',
  'drops_full',
  'unreadable',
  'unexplained',
  'frames_full',
  'no_asked',
] as const
/** One of the counts of the programs. */
export type FlowCounter = (typeof FLOW_COUNTERS)[number]
