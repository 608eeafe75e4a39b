import { hash } from 'node:crypto'

/** The id of a trace, the same wherever and whenever it is made: 32 hex digits. */
export function traceIdOf(...parts: readonly string[]): string {
  return digestOf(parts).slice(0, 32)
}

/** The id of a span of a trace, in the same way: 16 hex digits. */
export function spanIdOf(traceId: string, ...parts: readonly string[]): string {
  return digestOf([traceId, ...parts]).slice(0, 16)
}

function digestOf(parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'hex')
}

/** A number of 32 bits from a uid, each equally likely (FNV-1a). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  // Its lowest bits alone are poor: shards are told by a remainder.
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}
