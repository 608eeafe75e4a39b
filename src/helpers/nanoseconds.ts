/** Milliseconds since 1970 as nanoseconds: whole milliseconds, since a number has no room for more. */
export function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n
}
