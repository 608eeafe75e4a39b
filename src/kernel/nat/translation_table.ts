import type { NetworkEndpoint, NetworkObservations } from '../../pdata/network_observations.ts'
import type { Tracked, Tuple } from './conntrack_messages.ts'

/** What the words of a row are: a socket's own addresses, and the peer behind the translation. */
const ROW = { local: 0, peer: 4, ports: 8, protocol: 9, to: 10, toPort: 14, next: 15 } as const
const ROW_WORDS = 16
const KEY_WORDS = 10
const FIRST_ROWS = 256

/** What sockets are asked by. */
type Socket = Pick<
  NetworkObservations,
  'transport' | 'localWord' | 'peerWord' | 'localPort' | 'peerPort'
>

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17 }

/**
 * Peers behind address translation, by what a socket has: rows of one array, found by a hash of their
 * key. Where there are too many the one that was asked for longest ago makes room.
 */
export class TranslationTable {
  /** Rows that had to make room so far. */
  evicted = 0
  readonly #limit: number
  /** First row of those with a hash; the longest unused hash first. */
  readonly #heads = new Map<number, number>()
  readonly #key = new Int32Array(KEY_WORDS)
  #rows = new Int32Array(FIRST_ROWS * ROW_WORDS)
  readonly #free: number[] = []
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Number of rows. */
  get size(): number {
    return this.#used - this.#free.length
  }

  /** Takes over what is told of a connection. */
  take({ kind, original, reply }: Tracked): void {
    const { protocol } = original
    // To the client the other end is where it sends to; in truth it is who answers.
    const isServerOther = !isSame(
      original.destination,
      original.destinationPort,
      reply.source,
      reply.sourcePort,
    )
    if (isServerOther) this.#change(kind, original, protocol, reply.source, reply.sourcePort)
    const isClientOther = !isSame(
      original.source,
      original.sourcePort,
      reply.destination,
      reply.destinationPort,
    )
    if (isClientOther) this.#change(kind, reply, protocol, original.source, original.sourcePort)
  }

  #change(
    kind: Tracked['kind'],
    { source, destination, sourcePort, destinationPort }: Tuple,
    protocol: number,
    to: Uint8Array,
    toPort: number,
  ): void {
    const key = this.#key
    putAddress(key, ROW.local, source)
    putAddress(key, ROW.peer, destination)
    key[ROW.ports] = (sourcePort << 16) | destinationPort
    key[ROW.protocol] = protocol
    const hash = hashOf(key)
    this.#remove(hash)
    if (kind === 'new') this.#add(hash, to, toPort)
  }

  /** The peer behind the translation of a socket's, or undefined where there is none. */
  find(sockets: Socket, i: number): NetworkEndpoint | undefined {
    if (this.#heads.size === 0) return undefined
    const protocol = PROTOCOLS[sockets.transport(i)]
    if (protocol === undefined) return undefined
    const key = this.#key
    for (let part = 0; part < 4; part++) {
      key[ROW.local + part] = sockets.localWord(i, part)
      key[ROW.peer + part] = sockets.peerWord(i, part)
    }
    key[ROW.ports] = (sockets.localPort(i) << 16) | sockets.peerPort(i)
    key[ROW.protocol] = protocol
    const hash = hashOf(key)
    const row = this.#rowOf(hash)
    if (row === -1) return undefined
    this.#touch(hash)
    const at = row * ROW_WORDS
    const words = this.#rows.slice(at + ROW.to, at + ROW.toPort)
    return { words, port: this.#rows[at + ROW.toPort] as number }
  }

  clear(): void {
    this.#heads.clear()
    this.#free.length = 0
    this.#used = 0
  }

  #rowOf(hash: number): number {
    for (let row = this.#heads.get(hash) ?? -1; row !== -1; row = this.#next(row)) {
      if (this.#is(row)) return row
    }
    return -1
  }

  #is(row: number): boolean {
    const at = row * ROW_WORDS
    for (let i = 0; i < KEY_WORDS; i++) if (this.#rows[at + i] !== this.#key[i]) return false
    return true
  }

  #next(row: number): number {
    return this.#rows[row * ROW_WORDS + ROW.next] as number
  }

  /** While there is room nobody needs to know how long ago each was asked for. */
  #touch(hash: number): void {
    if (this.size * 2 < this.#limit) return
    const head = this.#heads.get(hash) as number
    this.#heads.delete(hash)
    this.#heads.set(hash, head)
  }

  #add(hash: number, to: Uint8Array, toPort: number): void {
    if (this.size >= this.#limit) this.#evict()
    const row = this.#free.pop() ?? this.#used++
    if ((row + 1) * ROW_WORDS > this.#rows.length) this.#grow()
    const at = row * ROW_WORDS
    this.#rows.set(this.#key, at)
    putAddress(this.#rows, at + ROW.to, to)
    this.#rows[at + ROW.toPort] = toPort
    this.#rows[at + ROW.next] = this.#heads.get(hash) ?? -1
    this.#heads.set(hash, row)
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
  }

  /** The row with the key at hand, if there is one. */
  #remove(hash: number): void {
    const row = this.#rowOf(hash)
    if (row === -1) return
    const head = this.#heads.get(hash) as number
    const next = this.#next(row)
    if (row !== head) {
      let before = head
      while (this.#next(before) !== row) before = this.#next(before)
      this.#rows[before * ROW_WORDS + ROW.next] = next
    } else if (next === -1) {
      this.#heads.delete(hash)
    } else {
      this.#heads.set(hash, next)
    }
    this.#free.push(row)
  }

  #evict(): void {
    const [oldest] = this.#heads as Iterable<[number, number]>
    if (!oldest) return
    const [hash, head] = oldest
    for (let row = head; row !== -1; row = this.#next(row)) {
      this.#free.push(row)
      this.evicted++
    }
    this.#heads.delete(hash)
  }
}

function isSame(one: Uint8Array, port: number, other: Uint8Array, otherPort: number): boolean {
  return port === otherPort && Buffer.compare(one, other) === 0
}

/** 16 bytes as four words, as `Int32Array` reads them. */
function putAddress(words: Int32Array, at: number, address: Uint8Array): void {
  for (let part = 0; part < 4; part++) {
    const from = part * 4
    words[at + part] =
      (address[from] as number) |
      ((address[from + 1] as number) << 8) |
      ((address[from + 2] as number) << 16) |
      ((address[from + 3] as number) << 24)
  }
}

function hashOf(key: Int32Array): number {
  let hash = 0
  for (let i = 0; i < KEY_WORDS; i++) {
    hash = Math.imul(hash ^ (key[i] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
