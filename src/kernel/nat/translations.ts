import { readFileSync } from 'node:fs'
import { type BpfError, NetlinkSocket } from 'libbpf-addon'
import type { NetworkEndpoint, NetworkObservations } from '../../pdata/network_observations.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Meter } from '../../telemetry/meter.ts'
import {
  CONNTRACK_DESTROY,
  CONNTRACK_NEW,
  dumpRequest,
  NAT,
  natFilter,
  NETLINK_NETFILTER,
  readMessages,
} from './conntrack_messages.ts'
import { countNat, type NatCounts } from './nat_metrics.ts'
import { TranslationTable } from './translation_table.ts'

/** What is lost where connection tracking does not tell. */
export const WITHOUT_NAT = 'peers behind address translation are not told'

/** Ends of connections that are kept: some hundred bytes each. */
const LIMIT = 65_536
/** Bytes of events that may wait: some thousand of them. */
const RECEIVE_BYTES = 8 * 1024 * 1024
/** How many pieces of them are taken at a time, so that nobody keeps us. */
const MAX_PIECES = 64
/** How often they are taken when nobody asks, in milliseconds. */
const INTERVAL_MS = 200
/** How long after events were lost all connections are read anew, in milliseconds, and how often. */
const AGAIN_MS = 10_000
const EVENTS_SETTING = '/proc/sys/net/netfilter/nf_conntrack_events'

/** A socket of netlink's. */
type Socket = Pick<NetlinkSocket, 'join' | 'filter' | 'send' | 'receive' | 'close'>

/** What translations are read by. */
export interface TranslationsOptions {
  readonly log: Logger
  readonly meter: Meter
  readonly open?: (receiveBytes: number) => Socket
  readonly limit?: number
  readonly nowMs?: () => number
}

/**
 * Peers behind address translation, as connection tracking has them in the agent's network namespace:
 * the kernel tells of each connection that it translates, before its first packet has left.
 */
export class Translations implements NatCounts {
  readonly #options: Required<TranslationsOptions>
  readonly #table: TranslationTable
  readonly #bytes = Buffer.alloc(256 * 1024)
  #events: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #overruns = 0
  #readAtMs = -Infinity
  #isStale = false
  #endMetrics = (): void => {}

  constructor({
    open = (receiveBytes) => NetlinkSocket.open(NETLINK_NETFILTER, { receiveBytes }),
    limit = LIMIT,
    nowMs = () => performance.now(),
    ...outside
  }: TranslationsOptions) {
    this.#options = { open, limit, nowMs, ...outside }
    this.#table = new TranslationTable(limit)
  }

  get peers(): number {
    return this.#table.size
  }

  get evicted(): number {
    return this.#table.evicted
  }

  get overruns(): number {
    return this.#overruns
  }

  /** Begins to listen; where that cannot be, says so and goes on without. */
  start(): void {
    const { log, open } = this.#options
    try {
      const events = open(RECEIVE_BYTES)
      this.#events = events
      events.filter(natFilter())
      events.join(CONNTRACK_NEW)
      events.join(CONNTRACK_DESTROY)
      this.#readAll()
    } catch (error) {
      this.#close()
      log.warn({ effect: WITHOUT_NAT, err: error }, 'Cannot read connection tracking.')
      return
    }
    if (areEventsOff()) {
      const remedy = `write 1 to ${EVENTS_SETTING}`
      log.warn({ effect: WITHOUT_NAT, remedy }, 'Connection tracking tells no events.')
    }
    this.#endMetrics = countNat(this.#options.meter, this)
    this.#timer = setInterval(() => this.refresh(), INTERVAL_MS)
  }

  /** Takes what has happened until now. */
  refresh(): void {
    if (!this.#events) return
    if (this.#isStale && this.#options.nowMs() - this.#readAtMs >= AGAIN_MS) this.#tryToReadAll()
    for (let piece = 0; piece < MAX_PIECES; piece++) {
      const bytes = this.#receive()
      if (bytes === 0) return
      readMessages(this.#bytes.subarray(0, bytes), (tracked) => this.#table.take(tracked))
    }
  }

  /** The peer behind the translation of a socket's own, where there is one. */
  find(reports: NetworkObservations, i: number): NetworkEndpoint | undefined {
    return this.#table.find(reports, i)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#close()
  }

  #close(): void {
    this.#endMetrics()
    this.#endMetrics = () => {}
    this.#events?.close()
    this.#events = undefined
  }

  /** 0 when nothing waits. What came too fast is lost, and read again later. */
  #receive(): number {
    try {
      return this.#events?.receive(this.#bytes) ?? 0
    } catch (error) {
      if ((error as BpfError).code === 'ENOBUFS') {
        this.#overruns++
        this.#isStale = true
      } else {
        this.#options.log.warn(
          { effect: WITHOUT_NAT, err: error },
          'Cannot read connection tracking.',
        )
        this.#close()
      }
      return 0
    }
  }

  #tryToReadAll(): void {
    try {
      this.#readAll()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'Cannot read all tracked connections.')
    }
  }

  /** What happens meanwhile waits among the events, and is taken after. */
  #readAll(): void {
    this.#isStale = false
    this.#readAtMs = this.#options.nowMs()
    this.#table.clear()
    for (const nat of [NAT.source, NAT.destination]) this.#dump(nat)
  }

  #dump(nat: number): void {
    const socket = this.#options.open(RECEIVE_BYTES)
    try {
      socket.send(dumpRequest(nat))
      for (;;) {
        const bytes = socket.receive(this.#bytes)
        const piece = this.#bytes.subarray(0, bytes)
        const end = readMessages(piece, (tracked) => this.#table.take(tracked))
        if (end && end.errno !== 0) throw new Error(`dump connections: errno ${end.errno}`)
        if (end || bytes === 0) return
      }
    } finally {
      socket.close()
    }
  }
}

function areEventsOff(): boolean {
  try {
    return readFileSync(EVENTS_SETTING, 'utf8').trim() === '0'
  } catch {
    // Connection tracking may come later.
    return false
  }
}
