import type { HttpObservations } from './http_observations.ts'

/**
 * Where the fields of `struct http_total_key` stand (bpf/http/http.h), in bytes. A test compares them
 * with the BTF of the built object.
 */
export const HTTP_TOTAL_KEY = {
  socket: 0,
  error: 80,
  status: 84,
  role: 86,
  end: 87,
  version: 88,
  method: 89,
} as const

/** Where the fields of `struct http_total` stand; each is a `struct http_buckets`. */
export const HTTP_TOTAL = { duration_ns: 0, request_body: 192, response_body: 384 } as const
/** Bytes of each. */
export const TOTAL_KEY_SIZE = 96
export const TOTAL_SIZE = 576
/** Where the fields of `struct http_buckets` stand. */
export const HTTP_BUCKETS = { sums: 0, counts: 128 } as const
/** Buckets that one has room for, and which of a body's counts those of unknown size. */
export const BUCKETS = 16
export const UNKNOWN_SIZE = 15

/** `enum http_method`: the methods that spans name as they are, by number. */
export const HTTP_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
  '_OTHER',
] as const

/** Values that lay between the same two bounds: how many, and their sum. There is one at least. */
export interface ValueGroup {
  readonly count: number
  readonly sum: number
}

/** Exchanges that the kernel programs counted together, and did not hand over. */
export interface HttpTotal {
  /** How many they are. */
  readonly count: number
  /** Place of their method in `HTTP_METHODS`. */
  readonly method: number
  /** Their durations in nanoseconds, all of them. */
  readonly durations: readonly ValueGroup[]
  /** Bytes of their bodies, of those whose size is known. */
  readonly requestBodies: readonly ValueGroup[]
  readonly responseBodies: readonly ValueGroup[]
}

/** Such totals, and what the exchanges of each have in common. */
export interface HttpTotals {
  /**
   * A record for each total, by which its process, its status and the like can be read. It has no
   * times, no sizes, no head, and of the addresses and ports the server's alone.
   */
  readonly keys: HttpObservations
  /** By the record's number. */
  readonly values: readonly HttpTotal[]
}
