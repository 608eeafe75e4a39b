import type { Delivery } from '../../src/pdata/delivery.ts'
import type { DnsObservations } from '../../src/pdata/dns_observations.ts'
import type { NetworkGauge, NetworkRole } from '../../src/pdata/network_observations.ts'
import { nameText, questionTypeName, responseCodeName } from './dns_names.ts'
import { DNS_END, DNS_LOOKUP } from './dns_record.ts'
import { SocketRecords } from './socket_records.ts'

/** `error.type` of a question that nobody answered. */
const TIMEOUT = 'timeout'

/** Which gauge each end has. */
const GAUGES: Readonly<Partial<Record<NetworkGauge, NetworkRole>>> = {
  lookup_us: 'client',
  answer_us: 'server',
}

/** What is the same of all lookups of a batch. */
export interface LookupBatchFacts {
  /** When the interval that is reported began and ended, in nanoseconds since 1970. */
  readonly startNs: bigint
  readonly endNs: bigint
  /** Nanoseconds to add to the kernel's monotonic clock for time since 1970. */
  readonly clockOffset: bigint
  readonly delivery: Delivery
}

/** Questions to name servers: a view over the bytes of `struct dns_lookup` records. */
export class LookupObservations extends SocketRecords implements DnsObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source = 'dns'
  readonly itemCount: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  readonly #clockOffset: bigint

  /** @param index offset and length of each record in `bytes` */
  constructor(bytes: Buffer, index: Uint32Array, itemCount: number, facts: LookupBatchFacts) {
    super(bytes, index)
    this.itemCount = itemCount
    this.startNs = facts.startNs
    this.endNs = facts.endNs
    this.delivery = facts.delivery
    this.#clockOffset = facts.clockOffset
  }

  transport(_i: number): string {
    return 'udp'
  }

  role(i: number): NetworkRole {
    return this.roleAt(i, DNS_LOOKUP.role)
  }

  asked(_i: number): undefined {
    return undefined
  }

  translated(_i: number): undefined {
    return undefined
  }

  interfaceName(_i: number): string {
    return ''
  }

  counter(): number {
    return 0
  }

  gauge(i: number, which: NetworkGauge): number | undefined {
    return GAUGES[which] === this.role(i) ? this.durationNs(i) / 1000 : undefined
  }

  reason(i: number): string {
    const code = this.responseCode(i)
    if (code === '') return TIMEOUT
    return code === 'NOERROR' ? '' : code
  }

  question(i: number): string {
    const length = this.byteAt(i, DNS_LOOKUP.name_length)
    return nameText(this.bytesAt(i, DNS_LOOKUP.name, length))
  }

  questionType(i: number): string {
    return questionTypeName(this.shortAt(i, DNS_LOOKUP.type))
  }

  askedNs(i: number): bigint {
    return this.bytesAt(i, DNS_LOOKUP.asked_ns, 8).readBigUInt64LE() + this.#clockOffset
  }

  durationNs(i: number): number {
    return this.numberAt(i, DNS_LOOKUP.duration_ns)
  }

  timesAsked(i: number): number {
    return this.byteAt(i, DNS_LOOKUP.times_asked)
  }

  responseCode(i: number): string {
    if (this.byteAt(i, DNS_LOOKUP.end) !== DNS_END.answered) return ''
    return responseCodeName(this.byteAt(i, DNS_LOOKUP.rcode))
  }

  answers(i: number): number {
    return this.shortAt(i, DNS_LOOKUP.answers)
  }

  isTruncated(i: number): boolean {
    return this.byteAt(i, DNS_LOOKUP.truncated) === 1
  }
}
