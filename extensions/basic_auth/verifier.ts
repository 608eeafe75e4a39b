import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { compare } from 'bcryptjs'
import type { StoredPassword, Users } from './htpasswd.ts'

/** Passwords that may wait for bcrypt, which takes a tenth of a second of this thread for each. */
const MOST_WAITING = 16

/** What a password is. */
export type Verdict = 'right' | 'wrong' | 'busy'

/**
 * Compares passwords. One that was right is remembered, as a digest with a key of this process, so that
 * bcrypt runs once for a client and not for each of its requests; other ones are compared one at a time.
 */
export class Verifier {
  readonly #key = randomBytes(32)
  #users: Users = new Map()
  readonly #right = new Map<string, Buffer>()
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Other users from now on. */
  become(users: Users): void {
    this.#users = users
    this.#right.clear()
  }

  /** Whether a password is a user's. */
  async verify(user: string, password: string): Promise<Verdict> {
    const stored = this.#users.get(user)
    if (!stored) return 'wrong'
    if (stored.kind !== 'bcrypt') return isPassword(stored, password) ? 'right' : 'wrong'
    const known = this.#right.get(user)
    const digest = createHmac('sha256', this.#key).update(password).digest()
    if (known && timingSafeEqual(known, digest)) return 'right'
    if (this.#waiting >= MOST_WAITING) return 'busy'
    const isRight = await this.#compare(password, stored.hash)
    // The users may be others by now.
    if (isRight && this.#users.get(user) === stored) this.#right.set(user, digest)
    return isRight ? 'right' : 'wrong'
  }

  async #compare(password: string, hash: string): Promise<boolean> {
    this.#waiting++
    const before = this.#last
    const compared = before.then(() => compare(password, hash))
    this.#last = compared.catch(() => {})
    try {
      return await compared
    } finally {
      this.#waiting--
    }
  }
}

function isPassword(
  stored: Exclude<StoredPassword, { kind: 'bcrypt' }>,
  password: string,
): boolean {
  if (stored.kind === 'sha1') {
    const digest = createHash('sha1').update(password).update(stored.salt).digest()
    return timingSafeEqual(digest, stored.digest)
  }
  const [known, given] = [stored.text, password].map((text) =>
    createHash('sha256').update(text).digest(),
  )
  return timingSafeEqual(known as Buffer, given as Buffer)
}
