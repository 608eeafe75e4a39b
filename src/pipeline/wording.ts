import { KINDS } from '../pdata/batch.ts'
import type { Kind } from '../pdata/batch.ts'

/** `traces, metrics or logs`: kinds in the order in which they are declared. */
export function anyOf(kinds: Iterable<Kind>): string {
  return listed(kinds, 'or')
}

/** `observations and traces`. */
export function allOf(kinds: Iterable<Kind>): string {
  return listed(kinds, 'and')
}

function listed(kinds: Iterable<Kind>, word: 'and' | 'or'): string {
  const given = new Set(kinds)
  const names: string[] = KINDS.filter((kind) => given.has(kind))
  const last = names.pop()
  if (last === undefined) return 'nothing'
  return names.length === 0 ? last : `${names.join(', ')} ${word} ${last}`
}
