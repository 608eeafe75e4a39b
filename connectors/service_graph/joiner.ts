import type { ServiceGraphConfig } from './config.ts'
import { Edge } from './edge.ts'
import type { EdgeCounts } from './edge_counts.ts'
import type { EdgeKey, Half } from './half.ts'
import type { HalfStore } from './half_store.ts'
import type { Node } from './node.ts'

/** What stands for a client that was not seen, and for a server that nothing names. */
const USER = 'user'
const UNKNOWN = 'unknown'
const NONE: readonly undefined[] = []

/** Brings the two ends of each edge together. */
export class Joiner {
  /** Milliseconds since 1970. */
  nowMs = 0
  /** Edges so far of which one end came. */
  edges = 0
  /** Edges so far that were given up, by what was missing. */
  readonly expired = { no_server: 0, no_client: 0, shutdown: 0 }
  readonly #virtualNodes: boolean
  readonly #store: HalfStore
  readonly #counts: EdgeCounts
  readonly #edge = new Edge()

  constructor(config: ServiceGraphConfig, store: HalfStore, counts: EdgeCounts) {
    this.#virtualNodes = config.virtual_node_peer_attributes.length > 0
    this.#store = store
    this.#counts = counts
  }

  /** A client or producer, whose ids are the key. `database` is the one that it asks, or empty. */
  addClient(half: Half, key: EdgeKey, database: string): void {
    const store = this.#store
    const server = store.find(key, 'server')
    if (database === '' && server === undefined) return this.#letClientWait(half, key)
    if (database !== '') this.#joinDatabase(half, database, key.words)
    else if (server) this.#join(half, server, key.words)
    if (server) this.drop(server)
    else this.edges++
    store.give(half)
  }

  #letClientWait(half: Half, key: EdgeKey): void {
    const store = this.#store
    let before = store.find(key, 'client')
    if (before) {
      half.served = before.served
      this.drop(before)
    } else this.edges++
    for (;;) {
      before = store.find(key, 'linked')
      if (before === undefined) break
      half.served = true
      this.#join(half, before, key.words)
      this.drop(before)
    }
    store.add(half, key)
  }

  /** A server or consumer; the key are the ids of its parent. */
  addServer(half: Half, key: EdgeKey): void {
    const store = this.#store
    const client = store.find(key, 'client')
    if (client) {
      this.#join(client, half, key.words)
      this.drop(client)
      return store.give(half)
    }
    this.edges++
    if (!key.isRoot) return store.add(half, key)
    // There is no client to wait for.
    this.#joinUser(half, key.words)
    store.give(half)
  }

  /** A consumer; the key are the ids of a producer that it names. The producer stays for others. */
  addLinked(half: Half, key: EdgeKey): void {
    const store = this.#store
    const producer = store.find(key, 'client')
    if (producer) {
      producer.served = true
      this.#join(producer, half, key.words)
      return store.give(half)
    }
    this.edges++
    store.add(half, key)
  }

  /** Takes one out that waits. */
  drop(half: Half): void {
    this.#store.remove(half)
    this.#store.give(half)
  }

  /** Gives those up that came before a time. */
  expire(nowMs: number, beforeMs: number): void {
    this.nowMs = nowMs
    const store = this.#store
    for (;;) {
      const { oldest } = store
      if (oldest === undefined || oldest.bornMs >= beforeMs) return
      if (oldest.end !== 'client') this.expired.no_client++
      else if (!oldest.served) this.#joinUnseen(oldest)
      this.drop(oldest)
    }
  }

  /** Gives up all that wait; returns how many found nobody. */
  end(): number {
    const before = this.expired.shutdown
    for (let { oldest } = this.#store; oldest !== undefined; oldest = this.#store.oldest) {
      if (!oldest.served) this.expired.shutdown++
      this.drop(oldest)
    }
    return this.expired.shutdown - before
  }

  #join(client: Half, server: Half, words: Int32Array): void {
    const edge = this.#edge
    this.#setClient(client)
    this.#setServer(server)
    edge.connection = client.messaging || server.messaging ? 'messaging_system' : ''
    edge.failed = client.failed || server.failed
    edge.virtual = ''
    edge.weight = Math.max(client.weight, server.weight)
    this.#count(words)
  }

  #joinDatabase(client: Half, database: string, words: Int32Array): void {
    const edge = this.#edge
    this.#setClient(client)
    edge.server = database
    edge.serverDimensions = NONE
    edge.serverNs = client.durationNs
    edge.server0 = edge.server1 = 0
    edge.connection = 'database'
    edge.failed = client.failed
    edge.virtual = ''
    edge.weight = client.weight
    this.#count(words)
  }

  #joinUnseen(client: Half): void {
    this.expired.no_server++
    if (!this.#virtualNodes) return
    const edge = this.#edge
    this.#setClient(client)
    edge.server = client.peer || UNKNOWN
    edge.serverDimensions = NONE
    edge.serverNs = edge.server0 = edge.server1 = 0
    edge.connection = 'virtual_node'
    edge.failed = client.failed
    edge.virtual = 'server'
    edge.weight = client.weight
    this.#count(client.key)
  }

  #joinUser(server: Half, words: Int32Array): void {
    if (!this.#virtualNodes) {
      this.expired.no_client++
      return
    }
    const edge = this.#edge
    this.#setServer(server)
    edge.client = USER
    edge.clientDimensions = NONE
    edge.clientNs = edge.client0 = edge.client1 = 0
    edge.connection = 'virtual_node'
    edge.failed = server.failed
    edge.virtual = 'client'
    edge.weight = server.weight
    this.#count(words)
  }

  #setClient(half: Half): void {
    const edge = this.#edge
    edge.client = (half.node as Node).name
    edge.clientDimensions = half.dimensions
    edge.clientNs = half.durationNs
    edge.client0 = half.id0
    edge.client1 = half.id1
  }

  #setServer(half: Half): void {
    const edge = this.#edge
    edge.server = (half.node as Node).name
    edge.serverDimensions = half.dimensions
    edge.serverNs = half.durationNs
    edge.server0 = half.id0
    edge.server1 = half.id1
  }

  #count(words: Int32Array): void {
    const { trace } = this.#edge
    for (let i = 0; i < 4; i++) trace[i] = words[i] as number
    this.#counts.count(this.#edge, this.nowMs)
  }
}
