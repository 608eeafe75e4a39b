import { createHash, createHmac } from 'node:crypto'
import {
  anyOf,
  type LinearRegExp,
  linearRegExp,
  matchesAny,
  replaceMatches,
} from '../../src/helpers/linear_regexp.ts'
import type { RedactionConfig } from './config.ts'
import { SUMMARY_KEYS } from './summary.ts'

/** What becomes of the attribute of a name. */
export type KeyVerdict = 'ignore' | 'remove' | 'mask' | 'look'

/** Names are few, and the same for every item; of a sender who makes them up, no more are kept. */
const MAX_KNOWN = 4096

/** What the configuration says of names and texts. */
export class Rules {
  readonly allTypes: boolean
  readonly #allowAll: boolean
  readonly #allowed: ReadonlySet<string>
  readonly #ignored: ReadonlySet<string>
  readonly #ignoredKeys: readonly LinearRegExp[]
  readonly #blockedKeys: readonly LinearRegExp[]
  readonly #blockedValues: readonly LinearRegExp[]
  /** Most values hold nothing that is blocked. */
  readonly #anyBlocked: readonly LinearRegExp[]
  readonly #allowedValues: readonly LinearRegExp[]
  readonly #mask: (text: string) => string
  readonly #known = new Map<string, KeyVerdict>()

  constructor(config: RedactionConfig) {
    this.allTypes = config.redact_all_types
    this.#allowAll = config.allow_all_keys
    this.#allowed = new Set([...config.allowed_keys, ...SUMMARY_KEYS])
    this.#ignored = new Set(config.ignored_keys)
    this.#ignoredKeys = config.ignored_key_patterns.map(linearRegExp)
    this.#blockedKeys = config.blocked_key_patterns.map(linearRegExp)
    this.#blockedValues = config.blocked_values.map(linearRegExp)
    this.#anyBlocked = anyOf(config.blocked_values)
    this.#allowedValues = anyOf(config.allowed_values)
    this.#mask = maskOf(config)
  }

  /** What becomes of an attribute called `key`. */
  ofKey(key: string): KeyVerdict {
    const known = this.#known.get(key)
    if (known) return known
    const verdict = this.#judge(key)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, verdict)
    return verdict
  }

  /** What becomes of an entry of a map that lies in an attribute: only whole attributes are removed. */
  ofInnerKey(key: string): Exclude<KeyVerdict, 'remove'> {
    if (this.#ignored.has(key) || matchesAny(this.#ignoredKeys, key)) return 'ignore'
    return matchesAny(this.#blockedKeys, key) ? 'mask' : 'look'
  }

  #judge(key: string): KeyVerdict {
    if (this.#ignored.has(key) || matchesAny(this.#ignoredKeys, key)) return 'ignore'
    if (!this.#allowAll && !this.#allowed.has(key)) return 'remove'
    return matchesAny(this.#blockedKeys, key) ? 'mask' : 'look'
  }

  /** True for a value that stays, whatever else says. */
  isAllowed(text: string): boolean {
    return matchesAny(this.#allowedValues, text)
  }

  /** The mask in place of a whole value. */
  masked(text: string): string {
    return this.#mask(text)
  }

  /** The text with what is blocked masked; the text itself where nothing is. */
  cleaned(text: string): string {
    if (!matchesAny(this.#anyBlocked, text)) return text
    let clean = text
    for (const pattern of this.#blockedValues) clean = replaceMatches(pattern, clean, this.#mask)
    return clean
  }
}

function maskOf({ hash_function: name, hmac_key: key }: RedactionConfig): (text: string) => string {
  switch (name) {
    case undefined:
      return () => '****'
    case 'md5':
    case 'sha1':
      return (text) => createHash(name).update(text).digest('hex')
    case 'sha3':
      return (text) => createHash('sha3-256').update(text).digest('hex')
    case 'hmac-sha256':
    case 'hmac-sha512': {
      const secret = key?.reveal() ?? ''
      return (text) => createHmac(name.slice('hmac-'.length), secret).update(text).digest('hex')
    }
  }
}
