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
  request_body: 40,
  response_body: 48,
  request_seq: 56,
  response_seq: 60,
  'socket.cookie': 64,
  'socket.cgroup_id': 72,
  'socket.netns': 80,
  'socket.pid': 84,
  'socket.tid': 88,
  'socket.local_port': 92,
  'socket.remote_port': 94,
  'socket.local_address': 96,
  'socket.remote_address': 112,
  'socket.comm': 128,
  request_head: 144,
  flags: 148,
  head_length: 150,
  error: 152,
  interim: 156,
  version: 158,
  head: 160,
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
} as const

/** `enum http_flag`. */
export const HTTP_FLAG = {
  head_truncated: 1,
  request_incomplete: 2,
  request_size_unknown: 4,
  response_size_unknown: 8,
  peer_seen: 16,
  gap: 32,
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
] as const
/** One of the counts that the kernel programs keep. */
export type HttpCounter = (typeof HTTP_COUNTERS)[number]
