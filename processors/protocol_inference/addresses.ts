import { addressText } from '../../src/pdata/address.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { fragment } from './fragments.ts'

/** Addresses that are remembered; all are forgotten when there are more. */
const LIMIT = 4096

/** An address of a socket, decoded and encoded once. */
export interface Address {
  /** Its 16 bytes, as signed words. */
  readonly words: readonly [number, number, number, number]
  readonly text: string
  /** As it stands in a URL: in brackets for IPv6. */
  readonly host: string
  /** `client.address` and `network.peer.address`, encoded. */
  readonly asClient: Buffer
  /** `network.peer.address`, encoded. */
  readonly asPeer: Buffer
  /** `network.local.address`, encoded. */
  readonly asLocal: Buffer
  /** `server.address`, encoded. */
  readonly asServer: Buffer
}

/**
 * Addresses by their bytes. There are far fewer of them than of connections, which may be as short
 * as one exchange: what belongs to a connection alone, its ports, is encoded each time.
 */
export class Addresses {
  /** By hash: of two that share one, the last is kept. */
  readonly #known = new Map<number, Address>()

  /** The address at a field of record `row`. */
  of(records: HttpObservations, row: number, field: number): Address {
    const a = records.int(row, field)
    const b = records.int(row, field + 4)
    const c = records.int(row, field + 8)
    const d = records.int(row, field + 12)
    const hash = Math.imul(Math.imul(Math.imul(a, 31) + b, 31) + c, 31) ^ d
    const known = this.#known.get(hash)
    if (known !== undefined && isSame(known.words, a, b, c, d)) return known
    if (this.#known.size === LIMIT) this.#known.clear()
    const text = addressText(records.bytes, records.offset(row) + field)
    const made = addressOf([a, b, c, d], text)
    this.#known.set(hash, made)
    return made
  }
}

function isSame(words: Address['words'], a: number, b: number, c: number, d: number): boolean {
  return words[3] === d && words[2] === c && words[1] === b && words[0] === a
}

function addressOf(words: Address['words'], text: string): Address {
  return {
    words,
    text,
    host: text.includes(':') ? `[${text}]` : text,
    asClient: fragment(['client.address', text], ['network.peer.address', text]),
    asPeer: fragment(['network.peer.address', text]),
    asLocal: fragment(['network.local.address', text]),
    asServer: fragment(['server.address', text]),
  }
}
