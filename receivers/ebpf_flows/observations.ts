import type { Translations } from '../../src/kernel/nat/translations.ts'
import { addressText } from '../../src/pdata/address.ts'
import type { Delivery } from '../../src/pdata/delivery.ts'
import type {
  NetworkCounter,
  NetworkEndpoint,
  NetworkGauge,
  NetworkObservations,
  NetworkRole,
} from '../../src/pdata/network_observations.ts'
import { FLOW_REPORT, FLOW_ROLE, REPORT_SIZE } from './record.ts'

/** IP's numbers of protocols, by their names: IANA's protocol-numbers. */
const TRANSPORTS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
}

/** Where each counter stands that flows have. */
const COUNTERS: Readonly<Partial<Record<NetworkCounter, number>>> = {
  bytes_sent: FLOW_REPORT['counts.bytes_sent'],
  bytes_received: FLOW_REPORT['counts.bytes_received'],
  packets_sent: FLOW_REPORT['counts.packets_sent'],
  packets_received: FLOW_REPORT['counts.packets_received'],
  drops: FLOW_REPORT.drops,
}

/** Places of reports that lie one behind the other, offset and length of each. */
export function consecutive(count: number): Uint32Array {
  const index = new Uint32Array(count * 2)
  for (let i = 0; i < count; i++) {
    index[i * 2] = i * REPORT_SIZE
    index[i * 2 + 1] = REPORT_SIZE
  }
  return index
}

/** What is the same of all reports of a batch. */
export interface FlowBatchFacts {
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  /** The kernel's name of a reason for which it drops packets. */
  readonly reasonName: (reason: number) => string
  /** The name of an interface, by its number. */
  readonly interfaceName: (ifindex: number) => string
  /** Peers behind address translation, where they are known. */
  readonly translations?: Pick<Translations, 'find'> | undefined
}

/** Reports of flows: a view over the bytes of `struct flow_report` records. */
export class FlowObservations implements NetworkObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source = 'flows'
  readonly itemCount: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  readonly #bytes: Buffer
  readonly #index: Uint32Array
  readonly #reasonName: (reason: number) => string
  readonly #interfaceName: (ifindex: number) => string
  readonly #translations: FlowBatchFacts['translations']

  /** @param index offset and length of each record in `bytes` */
  constructor(bytes: Buffer, index: Uint32Array, itemCount: number, facts: FlowBatchFacts) {
    this.#bytes = bytes
    this.#index = index
    this.itemCount = itemCount
    this.startNs = facts.startNs
    this.endNs = facts.endNs
    this.delivery = facts.delivery
    this.#reasonName = facts.reasonName
    this.#interfaceName = facts.interfaceName
    this.#translations = facts.translations
  }

  transport(i: number): string {
    const number = this.#bytes.readUInt8(this.#at(i, 'protocol'))
    return TRANSPORTS[number] ?? String(number)
  }

  role(i: number): NetworkRole {
    const role = this.#bytes.readUInt8(this.#at(i, 'role'))
    if (role === FLOW_ROLE.client) return 'client'
    return role === FLOW_ROLE.server ? 'server' : 'peer'
  }

  localAddress(i: number): string {
    return addressText(this.#bytes, this.#at(i, 'socket.local_address'))
  }

  localPort(i: number): number {
    return this.#bytes.readUInt16LE(this.#at(i, 'socket.local_port'))
  }

  /** Empty where there was no room to tell peers apart. */
  peerAddress(i: number): string {
    const text = addressText(this.#bytes, this.#at(i, 'socket.remote_address'))
    return text === '::' ? '' : text
  }

  peerPort(i: number): number {
    return this.#bytes.readUInt16LE(this.#at(i, 'socket.remote_port'))
  }

  localWord(i: number, part: 0 | 1 | 2 | 3): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.local_address') + part * 4)
  }

  peerWord(i: number, part: 0 | 1 | 2 | 3): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.remote_address') + part * 4)
  }

  asked(i: number): NetworkEndpoint | undefined {
    const port = this.#bytes.readUInt16LE(this.#at(i, 'asked.port'))
    if (port === 0) return undefined
    const from = this.#at(i, 'asked.address')
    const words = Int32Array.from([0, 4, 8, 12], (part) => this.#bytes.readInt32LE(from + part))
    return { words, port }
  }

  translated(i: number): NetworkEndpoint | undefined {
    return this.#translations?.find(this, i)
  }

  /** The port that the flow is served at. */
  serverPort(i: number): number {
    return this.role(i) === 'client' ? this.peerPort(i) : this.localPort(i)
  }

  pid(i: number): number {
    return this.#bytes.readUInt32LE(this.#at(i, 'socket.pid'))
  }

  comm(i: number): string {
    const from = this.#at(i, 'socket.comm')
    const zero = this.#bytes.indexOf(0, from)
    const end = zero === -1 || zero > from + 16 ? from + 16 : zero
    return this.#bytes.toString('utf8', from, end)
  }

  /** Four bytes of that name: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number {
    return this.#bytes.readInt32LE(this.#at(i, 'socket.comm') + part * 4)
  }

  cgroupId(i: number): number {
    return this.#number(this.#at(i, 'socket.cgroup_id'))
  }

  netns(i: number): number {
    return this.#bytes.readUInt32LE(this.#at(i, 'socket.netns'))
  }

  interfaceName(i: number): string {
    const ifindex = this.#bytes.readUInt32LE(this.#at(i, 'ifindex'))
    return ifindex === 0 ? '' : this.#interfaceName(ifindex)
  }

  counter(i: number, which: NetworkCounter): number {
    const field = COUNTERS[which]
    return field === undefined ? 0 : this.#number((this.#index[i * 2] as number) + field)
  }

  gauge(_i: number, _which: NetworkGauge): undefined {
    return undefined
  }

  reason(i: number): string {
    if (this.counter(i, 'drops') === 0) return ''
    return this.#reasonName(this.#bytes.readUInt32LE(this.#at(i, 'reason')))
  }

  #at(i: number, field: keyof typeof FLOW_REPORT): number {
    return (this.#index[i * 2] as number) + FLOW_REPORT[field]
  }

  /** 64 bits, exact up to 2^53. */
  #number(at: number): number {
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32
  }
}
