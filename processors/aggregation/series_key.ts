import type {
  NetworkEndpoint,
  NetworkObservations,
  NetworkRole,
} from '../../src/pdata/network_observations.ts'
import type { Resource } from '../../src/pdata/resource.ts'

/** What each 32-bit word of a key is. Addresses are as `localWord` has them. */
export const KEY = {
  owner: 0,
  local: 1,
  peer: 5,
  ports: 9,
  what: 10,
  reason: 11,
  asked: 12,
  translated: 16,
  otherPorts: 20,
  interface: 21,
} as const
/** Words of a key. */
export const KEY_WORDS = 22

/** What a series stands for: one of many, the rest of an owner's flows, or what is too much. */
export const SORT = { single: 0, other: 1, overflow: 2 } as const

const ROLES: readonly NetworkRole[] = ['peer', 'client', 'server']
/** `::ffff:0:0/96` as words. */
const MAPPED = new Int32Array(Uint8Array.from([0, 0, 0xff, 0xff]).buffer)[0] as number
/** Linux's `ip_local_port_range` begins here unless it is changed. */
const FIRST_EPHEMERAL_PORT = 32_768

/** The facts that the word `what` of a key has. */
export interface What {
  readonly transport: number
  readonly role: NetworkRole
  readonly isIpv4: boolean
  readonly sort: number
}

/** What a series stands for, by the word `what` of its key. */
export function sortOf(word: number): number {
  return word >> 20
}

/** Reads the word `what` of a key. */
export function whatOf(word: number): What {
  return {
    transport: word & 0xffff,
    role: ROLES[(word >> 16) & 3] as NetworkRole,
    isIpv4: ((word >> 18) & 1) === 1,
    sort: sortOf(word),
  }
}

/** The attributes of one series as words: read anew for each report, so that none are allocated. */
export class SeriesKey {
  readonly words = new Int32Array(KEY_WORDS)
  hash = 0

  /** Of the flow that report `i` is about. */
  readFlow(records: NetworkObservations, i: number, owner: Resource, facts: KeyFacts): void {
    const { words } = this
    for (let part = 0; part < 4; part++) {
      words[KEY.local + part] = records.localWord(i, part)
      words[KEY.peer + part] = records.peerWord(i, part)
    }
    const role = ROLES.indexOf(records.role(i))
    this.#readOthers(records.asked(i), records.translated(i), role, facts.fold)
    words[KEY.ports] = facts.fold
      ? foldedPorts(records, i, role)
      : (records.localPort(i) << 16) | records.peerPort(i)
    words[KEY.interface] = facts.interface
    this.#finish(owner, (role << 16) | facts.transport | familyOf(words), facts.reason)
  }

  /** Nearly all flows have neither. */
  #readOthers(
    asked: NetworkEndpoint | undefined,
    translated: NetworkEndpoint | undefined,
    role: number,
    fold: boolean,
  ): void {
    const { words } = this
    words.fill(0, KEY.asked)
    if (asked) {
      words.set(asked.words, KEY.asked)
      words[KEY.otherPorts] = asked.port << 16
    }
    if (!translated) return
    words.set(translated.words, KEY.translated)
    words[KEY.otherPorts]! |= fold ? foldedPeerPort(translated.port, role) : translated.port
  }

  /** Of the process or container that report `i` is about. */
  readOwner(records: NetworkObservations, i: number, owner: Resource, facts: KeyFacts): void {
    const { words } = this
    words.fill(0)
    for (let part = 0; part < 4; part++) words[KEY.local + part] = records.localWord(i, part)
    const family = familyOf(words)
    words.fill(0, KEY.local, KEY.peer)
    this.#finish(owner, facts.transport | family, facts.reason)
  }

  /** Of the rest that the flow with these words belongs to. */
  readOther(all: Int32Array, from: number): void {
    const { words } = this
    words.fill(0)
    words[KEY.owner] = all[from + KEY.owner] as number
    words[KEY.what] = (all[from + KEY.what] as number) | (SORT.other << 20)
    words[KEY.reason] = all[from + KEY.reason] as number
    this.hash = hashOf(words)
  }

  /** Of what is too much. */
  readOverflow(everybody: Resource): void {
    this.words.fill(0)
    this.#finish(everybody, SORT.overflow << 20, 0)
  }

  #finish(owner: Resource, what: number, reason: number): void {
    this.words[KEY.owner] = owner.id
    this.words[KEY.what] = what
    this.words[KEY.reason] = reason
    this.hash = hashOf(this.words)
  }
}

/** What a key has beside a report's own fields. */
export interface KeyFacts {
  /** Whether ports of clients are left out. */
  fold: boolean
  /** Numbers that stand for the transport, the reason and the interface. */
  transport: number
  reason: number
  interface: number
}

function familyOf(words: Int32Array): number {
  return words[KEY.local] === 0 && words[KEY.local + 1] === 0 && words[KEY.local + 2] === MAPPED
    ? 1 << 18
    : 0
}

function foldedPorts(records: NetworkObservations, i: number, role: number): number {
  const local = records.localPort(i)
  const peer = records.peerPort(i)
  switch (ROLES[role]) {
    case 'client':
      return peer
    case 'server':
      return local << 16
    default:
      return (folded(local) << 16) | folded(peer)
  }
}

/** Of a peer that is not the socket's own. */
function foldedPeerPort(port: number, role: number): number {
  switch (ROLES[role]) {
    case 'client':
      return port
    case 'server':
      return 0
    default:
      return folded(port)
  }
}

function folded(port: number): number {
  return port >= FIRST_EPHEMERAL_PORT ? 0 : port
}

function hashOf(words: Int32Array): number {
  let hash = 0
  for (let i = 0; i < KEY_WORDS; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
