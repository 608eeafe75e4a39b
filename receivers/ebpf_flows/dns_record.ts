/** Bytes of `struct dns_lookup` of bpf/flows/flows_dns.h. */
export const LOOKUP_SIZE = 368

/** Where its fields stand behind those of the socket. A test compares it with the BTF of the built object. */
export const DNS_LOOKUP = {
  asked_ns: 80,
  duration_ns: 88,
  type: 96,
  class: 98,
  answers: 100,
  rcode: 102,
  role: 103,
  times_asked: 104,
  end: 105,
  truncated: 106,
  name_length: 107,
  name: 112,
} as const

/** `enum dns_end`. */
export const DNS_END = { pending: 0, answered: 1, given_up: 2 } as const

/** `enum dns_counter`, in its order. */
export const DNS_COUNTERS = [
  'asked',
  'asked_again',
  'answered',
  'replaced',
  'unmatched',
  'other_question',
  'short',
  'bad_name',
  'questions',
  'operation',
  'misdirected',
  'joined',
  'no_storage',
  'lookups_full',
  'ring_full',
] as const
/** One of the counts of the programs about DNS. */
export type DnsCounter = (typeof DNS_COUNTERS)[number]
