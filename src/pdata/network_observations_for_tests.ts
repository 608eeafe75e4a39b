import { Delivery } from './delivery.ts'
import {
  NETWORK_COUNTERS,
  type NetworkCounter,
  type NetworkEndpoint,
  type NetworkGauge,
  type NetworkObservations,
  type NetworkRole,
} from './network_observations.ts'

/** One report as a test gives it: its counters and gauges stand among the other fields. */
export interface Report
  extends
    Partial<Readonly<Record<NetworkCounter, number>>>,
    Partial<Readonly<Record<NetworkGauge, number>>> {
  readonly transport?: string
  readonly role?: NetworkRole
  /** `10.0.0.1:80` or `[::1]:80`. */
  readonly local?: string
  readonly peer?: string
  readonly asked?: string
  readonly translated?: string
  readonly pid?: number
  readonly comm?: string
  readonly cgroupId?: number
  readonly netns?: number
  readonly interfaceName?: string
  readonly reason?: string
}

/** What is the same for all reports of a batch. */
export interface ReportBatch {
  readonly source?: NetworkObservations['source']
  readonly startNs?: bigint
  readonly endNs?: bigint
  readonly delivery?: Delivery
}

const PLACES = Object.fromEntries(NETWORK_COUNTERS.map((which, i) => [which, i])) as Record<
  NetworkCounter,
  number
>

interface Endpoint {
  readonly address: string
  readonly port: number
  readonly words: Int32Array
}

/** Reports of connections and flows out of arrays; what a report leaves out is 0, empty or unknown. */
export class ArrayNetworkObservations implements NetworkObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source: NetworkObservations['source']
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  readonly #reports: readonly Report[]
  readonly #locals: readonly Endpoint[]
  readonly #peers: readonly Endpoint[]
  readonly #comms: readonly Int32Array[]
  readonly #counts: readonly Float64Array[]

  constructor(reports: readonly Report[], batch: ReportBatch = {}) {
    this.#reports = reports
    this.source = batch.source ?? 'flows'
    this.startNs = batch.startNs ?? 1_790_000_000_000_000_000n
    this.endNs = batch.endNs ?? 1_790_000_010_000_000_000n
    this.delivery = batch.delivery ?? new Delivery()
    this.#locals = reports.map(({ local = '10.0.0.1:40000' }) => endpointOf(local))
    this.#peers = reports.map(({ peer = '10.0.0.2:80' }) => endpointOf(peer))
    this.#comms = reports.map(({ comm = '' }) => wordsOf(Buffer.from(comm), 16))
    this.#counts = reports.map((report) =>
      Float64Array.from(NETWORK_COUNTERS, (which) => report[which] ?? 0),
    )
  }

  get itemCount(): number {
    return this.#reports.length
  }

  transport(i: number): string {
    return this.#at(i).transport ?? 'tcp'
  }

  role(i: number): NetworkRole {
    return this.#at(i).role ?? 'client'
  }

  localAddress(i: number): string {
    return this.#locals[i]!.address
  }

  localPort(i: number): number {
    return this.#locals[i]!.port
  }

  peerAddress(i: number): string {
    return this.#peers[i]!.address
  }

  peerPort(i: number): number {
    return this.#peers[i]!.port
  }

  localWord(i: number, part: number): number {
    return this.#locals[i]!.words[part]!
  }

  peerWord(i: number, part: number): number {
    return this.#peers[i]!.words[part]!
  }

  asked(i: number): NetworkEndpoint | undefined {
    return optionalEndpoint(this.#at(i).asked)
  }

  translated(i: number): NetworkEndpoint | undefined {
    return optionalEndpoint(this.#at(i).translated)
  }

  pid(i: number): number {
    return this.#at(i).pid ?? 0
  }

  comm(i: number): string {
    return this.#at(i).comm ?? ''
  }

  commWord(i: number, part: 0 | 1): number {
    return this.#comms[i]![part]!
  }

  cgroupId(i: number): number {
    return this.#at(i).cgroupId ?? 0
  }

  netns(i: number): number {
    return this.#at(i).netns ?? 0
  }

  interfaceName(i: number): string {
    return this.#at(i).interfaceName ?? ''
  }

  counter(i: number, which: NetworkCounter): number {
    return this.#counts[i]![PLACES[which]]!
  }

  gauge(i: number, which: NetworkGauge): number | undefined {
    return this.#at(i)[which]
  }

  reason(i: number): string {
    return this.#at(i).reason ?? ''
  }

  #at(i: number): Report {
    return this.#reports[i]!
  }
}

function endpointOf(text: string): Endpoint {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text)!
  const address = bracketed ?? plain!
  return { address, port: Number(port), words: wordsOf(addressBytes(address), 16) }
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) {
    return Buffer.from([
      ...Array<number>(10).fill(0),
      0xff,
      0xff,
      ...address.split('.').map(Number),
    ])
  }
  const [head = '', tail] = address.split('::')
  const groups = (text = ''): number[] =>
    text
      .split(':')
      .filter(Boolean)
      .map((group) => parseInt(group, 16))
  const [first, last] = [groups(head), groups(tail)]
  const gap = Array<number>(8 - first.length - last.length).fill(0)
  return Buffer.from([...first, ...gap, ...last].flatMap((group) => [group >> 8, group & 0xff]))
}

function wordsOf(bytes: Buffer, length: number): Int32Array {
  const padded = new Uint8Array(length)
  padded.set(bytes.subarray(0, length))
  return new Int32Array(padded.buffer)
}

function optionalEndpoint(text: string | undefined): NetworkEndpoint | undefined {
  return text === undefined ? undefined : endpointOf(text)
}
