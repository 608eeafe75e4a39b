/**
 * Where the fields of `struct file_key` and `struct file_totals` stand (bpf/files/files.h), in bytes. A
 * test compares them with the BTF of the built object.
 */
export const FILE_KEY = {
  cgroup_id: 0,
  started_ns: 8,
  pid: 16,
  error: 20,
  operation: 22,
  _pad: 23,
} as const
/** Bytes of a key. */
export const KEY_SIZE = 24

/** Of the sums that belong to a key. */
export const FILE_TOTALS = {
  bytes: 0,
  total_ns: 8,
  counts: 16,
  first_pid: 144,
  _pad: 148,
  comm: 152,
} as const
/** Bytes of the sums. */
export const TOTALS_SIZE = 168

/** `enum file_operation`, by number. */
export const OPERATIONS = ['read', 'write', 'sync'] as const

/** Upper bounds of the buckets in seconds: from what the page cache has up to a disk that hangs. */
export const BOUNDS = [
  1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1, 5, 10,
] as const

/** Bytes of a cgroup's path, `CGROUP_PATH`. */
export const PATH_SIZE = 256

/** `enum file_counter`, by index. */
export const FILE_COUNTERS = ['calls_full', 'table_full'] as const
/** One of the counts that the kernel programs keep. */
export type FileCounter = (typeof FILE_COUNTERS)[number]
