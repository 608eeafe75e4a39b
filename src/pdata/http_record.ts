/**
 * Where the fields of `struct http_exchange` stand (bpf/http/http.h and bpf/include/record.h), in
 * bytes. A test compares them with the BTF of the built object.
 */
export const HTTP_EXCHANGE = {
  type: 0,
  status: 4,
  role: 6,
  end: 7,
  request_ns: 8,
  request_end_ns: 16,
  response_ns: 24,
  response_end_ns: 32,
  read_ns: 40,
  request_body: 48,
  response_body: 56,
  request_seq: 64,
  response_seq: 68,
  'socket.cookie': 72,
  'socket.cgroup_id': 80,
  'socket.netns': 88,
  'socket.pid': 92,
  'socket.tid': 96,
  'socket.local_port': 100,
  'socket.remote_port': 102,
  'socket.local_address': 104,
  'socket.remote_address': 120,
  'socket.comm': 136,
  request_head: 152,
  flags: 156,
  head_length: 158,
  error: 160,
  interim: 164,
  version: 166,
  sampling: 167,
  head: 168,
} as const

/** Where the fields of `struct http_extension` stand in a record whose flags say `extended`. */
export const HTTP_EXTENSION = {
  proxy: 680,
  host: 792,
  trace: 864,
  proxy_length: 936,
  host_length: 938,
  trace_length: 939,
  end: 944,
} as const

/** `enum http_role`. */
export const HTTP_ROLE = { server: 1, client: 2 } as const

/** `enum http_end`: how an exchange ended. */
export const HTTP_END = {
  complete: 1,
  close: 2,
  next: 3,
  upgrade: 4,
  no_response: 5,
  cut: 6,
  open: 7,
} as const

/** `enum http_flag`. */
export const HTTP_FLAG = {
  head_truncated: 1,
  request_incomplete: 2,
  request_size_unknown: 4,
  response_size_unknown: 8,
  peer_seen: 16,
  gap: 32,
  extended: 64,
} as const

/** `enum http_counter`, by index. */
export const HTTP_COUNTERS = [
  'records',
  'ring_full',
  'no_storage',
  'pipelined',
  'response_only',
  'listener',
  'not_http',
  'bad_framing',
  'gap',
  'lost_sync',
  'abandoned',
  'sampled_out',
  'payload',
  'payload_missed',
  'totals_full',
] as const
/** One of the counts that the kernel programs keep. */
export type HttpCounter = (typeof HTTP_COUNTERS)[number]
