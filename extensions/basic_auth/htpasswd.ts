/** How a password is kept. */
export type StoredPassword =
  | { readonly kind: 'bcrypt'; readonly hash: string }
  /** `{SHA}` and `{SSHA}`: base64 of SHA-1 over password and salt, and of the salt. */
  | { readonly kind: 'sha1'; readonly digest: Buffer; readonly salt: Buffer }
  | { readonly kind: 'plain'; readonly text: string }

/** Users and their passwords. */
export type Users = ReadonlyMap<string, StoredPassword>

const BCRYPT = /^\$2[abxy]?\$\d\d\$[./0-9A-Za-z]{53}$/
const SHA1 = /^\{S?SHA\}([0-9A-Za-z+/]+=*)$/
const SHA1_BYTES = 20

/**
 * Reads the lines of an htpasswd file; later ones go before earlier ones. What cannot be taken is told by its
 * line, and never with what stands there.
 */
export function parseHtpasswd(text: string): { users: Users; faults: readonly string[] } {
  const users = new Map<string, StoredPassword>()
  const faults: string[] = []
  text.split('\n').forEach((raw, i) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const end = line.indexOf(':')
    const stored = end > 0 ? storedOf(line.slice(end + 1)) : 'expected name:password'
    if (typeof stored === 'string') faults.push(`line ${i + 1}: ${stored}`)
    else users.set(line.slice(0, end), stored)
  })
  return { users, faults }
}

function storedOf(text: string): StoredPassword | string {
  if (BCRYPT.test(text)) return { kind: 'bcrypt', hash: text.replace(/^\$2[xy]?\$/, '$2b$') }
  const [, base64 = ''] = SHA1.exec(text) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length >= SHA1_BYTES) {
    return { kind: 'sha1', digest: bytes.subarray(0, SHA1_BYTES), salt: bytes.subarray(SHA1_BYTES) }
  }
  const isHash = /^\$[0-9A-Za-z]+\$|^\{[A-Z0-9]+\}/.test(text)
  if (isHash) return 'expected a hash of bcrypt, {SHA} or {SSHA} (htpasswd -B), or a plain password'
  return text === '' ? 'expected a password' : { kind: 'plain', text }
}
