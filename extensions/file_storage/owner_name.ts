import { createHash } from 'node:crypto'

const SAFE = /^[A-Za-z0-9._-]$/
/** File systems take 255 bytes; more is added behind this name. */
const LONGEST = 200

/**
 * A file's name for an owner, different for each: an unsafe character becomes `~` and its number in
 * Unicode, four hex digits or more, as in the Collector's extension (`/` is `~002F`). What is too long
 * ends in a hash.
 */
export function ownerName(owner: string): string {
  const name = [...owner].map((char) => (SAFE.test(char) ? char : escaped(char))).join('')
  if (name.length <= LONGEST) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${name.slice(0, LONGEST - hash.length - 1)}~${hash}`
}

function escaped(char: string): string {
  const code = char.codePointAt(0) as number
  return `~${code.toString(16).toUpperCase().padStart(4, '0')}`
}
