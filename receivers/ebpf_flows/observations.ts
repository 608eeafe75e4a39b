import type { Translations } from '../../src/kernel/nat/translations.ts'
import type { Delivery } from '../../src/pdata/delivery.ts'
import type {
  NetworkCounter,
  NetworkEndpoint,
  NetworkGauge,
  NetworkObservations,
  NetworkRole,
} from '../../src/pdata/network_observations.ts'
import { FLOW_REPORT, REPORT_SIZE } from './record.ts'
import { SocketRecords } from './socket_records.ts'

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
export function consecutive(count: number, size: number = REPORT_SIZE): Uint32Array {
  const index = new Uint32Array(count * 2)
  for (let i = 0; i < count; i++) {
    index[i * 2] = i * size
    index[i * 2 + 1] = size
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
export class FlowObservations extends SocketRecords implements NetworkObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source = 'flows'
  readonly itemCount: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  readonly #reasonName: (reason: number) => string
  readonly #interfaceName: (ifindex: number) => string
  readonly #translations: FlowBatchFacts['translations']

  /** @param index offset and length of each record in `bytes` */
  constructor(bytes: Buffer, index: Uint32Array, itemCount: number, facts: FlowBatchFacts) {
    super(bytes, index)
    this.itemCount = itemCount
    this.startNs = facts.startNs
    this.endNs = facts.endNs
    this.delivery = facts.delivery
    this.#reasonName = facts.reasonName
    this.#interfaceName = facts.interfaceName
    this.#translations = facts.translations
  }

  transport(i: number): string {
    const number = this.byteAt(i, FLOW_REPORT.protocol)
    return TRANSPORTS[number] ?? String(number)
  }

  role(i: number): NetworkRole {
    return this.roleAt(i, FLOW_REPORT.role)
  }

  asked(i: number): NetworkEndpoint | undefined {
    const port = this.shortAt(i, FLOW_REPORT['asked.port'])
    if (port === 0) return undefined
    const words = Int32Array.from([0, 4, 8, 12], (part) =>
      this.wordAt(i, FLOW_REPORT['asked.address'] + part),
    )
    return { words, port }
  }

  translated(i: number): NetworkEndpoint | undefined {
    return this.#translations?.find(this, i)
  }

  interfaceName(i: number): string {
    const ifindex = this.wordAt(i, FLOW_REPORT.ifindex)
    return ifindex === 0 ? '' : this.#interfaceName(ifindex)
  }

  counter(i: number, which: NetworkCounter): number {
    const field = COUNTERS[which]
    return field === undefined ? 0 : this.numberAt(i, field)
  }

  gauge(_i: number, _which: NetworkGauge): undefined {
    return undefined
  }

  reason(i: number): string {
    if (this.counter(i, 'drops') === 0) return ''
    return this.#reasonName(this.wordAt(i, FLOW_REPORT.reason))
  }
}
