import { getSystemErrorName } from 'node:util'
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
import { REPORT_SIZE, RESET_REASONS, SOCKET_REPORT, SOCKET_ROLE } from './record.ts'

/** Where the counters stand, and their size; those that are not here are not known of sockets. */
const COUNTERS: Readonly<
  Partial<Record<NetworkCounter, readonly [at: number, bytes: 1 | 2 | 4 | 8]>>
> = {
  bytes_sent: [SOCKET_REPORT.bytes_sent, 8],
  bytes_received: [SOCKET_REPORT.bytes_received, 8],
  packets_sent: [SOCKET_REPORT.packets_sent, 4],
  packets_received: [SOCKET_REPORT.packets_received, 4],
  retransmits: [SOCKET_REPORT.retransmits, 4],
  out_of_order: [SOCKET_REPORT.out_of_order, 4],
  opened: [SOCKET_REPORT['events.opened'], 1],
  accepted: [SOCKET_REPORT['events.accepted'], 1],
  closed: [SOCKET_REPORT['events.closed'], 1],
  failed: [SOCKET_REPORT['events.failed'], 1],
  resets_sent: [SOCKET_REPORT['events.resets_sent'], 2],
  resets_received: [SOCKET_REPORT['events.resets_received'], 2],
  rwnd_limited_us: [SOCKET_REPORT.rwnd_limited, 4],
  listen_overflows: [SOCKET_REPORT.listen_overflows, 4],
}

const GAUGES: Readonly<Record<NetworkGauge, number>> = {
  srtt_us: SOCKET_REPORT.srtt_us,
  min_rtt_us: SOCKET_REPORT.min_rtt_us,
  rtt_var_us: SOCKET_REPORT.rtt_var_us,
  connect_us: SOCKET_REPORT['events.connect_us'],
}

const ROLES: Readonly<Record<number, NetworkRole>> = {
  [SOCKET_ROLE.server]: 'server',
  [SOCKET_ROLE.listener]: 'server',
  [SOCKET_ROLE.client]: 'client',
}

/** Where reports lie, and when what they tell of happened. */
export interface SocketReportsOptions {
  /** The memory of the reports; 8-byte aligned. */
  readonly bytes: Buffer
  /** Offset and length of each report in `bytes`, offsets being multiples of 8. */
  readonly index: Uint32Array
  readonly itemCount: number
  readonly startNs: bigint
  readonly endNs: bigint
  /** Microseconds of one jiffy. */
  readonly jiffyUs: number
  readonly delivery: Delivery
  /** Peers behind address translation, where they are known. */
  readonly translations?: Pick<Translations, 'find'> | undefined
}

/** Reports of TCP sockets: a view over `struct socket_report` records. */
export class SocketReports implements NetworkObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source = 'sockets'
  readonly itemCount: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly delivery: Delivery
  readonly #bytes: Buffer
  readonly #index: Uint32Array
  readonly #words: Uint32Array
  readonly #jiffyUs: number
  readonly #translations: SocketReportsOptions['translations']

  constructor(options: SocketReportsOptions) {
    const { bytes, index, itemCount, startNs, endNs, jiffyUs, delivery } = options
    this.itemCount = itemCount
    this.startNs = startNs
    this.endNs = endNs
    this.delivery = delivery
    this.#bytes = bytes
    this.#index = index
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    this.#jiffyUs = jiffyUs
    this.#translations = options.translations
  }

  transport(): string {
    return 'tcp'
  }

  role(i: number): NetworkRole {
    return ROLES[this.#byte(i, SOCKET_REPORT.role)] ?? 'peer'
  }

  localAddress(i: number): string {
    return addressText(this.#bytes, this.#offset(i) + SOCKET_REPORT['socket.local_address'])
  }

  localPort(i: number): number {
    return this.#word(i, SOCKET_REPORT['socket.local_port']) & 0xffff
  }

  peerAddress(i: number): string {
    return addressText(this.#bytes, this.#offset(i) + SOCKET_REPORT['socket.remote_address'])
  }

  peerPort(i: number): number {
    return this.#word(i, SOCKET_REPORT['socket.local_port']) >>> 16
  }

  localWord(i: number, part: number): number {
    return this.#word(i, SOCKET_REPORT['socket.local_address'] + part * 4) | 0
  }

  peerWord(i: number, part: number): number {
    return this.#word(i, SOCKET_REPORT['socket.remote_address'] + part * 4) | 0
  }

  asked(i: number): NetworkEndpoint | undefined {
    if ((this.#index[i * 2 + 1] as number) < REPORT_SIZE) return undefined
    const port = this.#word(i, SOCKET_REPORT['asked.port']) & 0xffff
    if (port === 0) return undefined
    const from = (this.#offset(i) + SOCKET_REPORT['asked.address']) >> 2
    return { words: new Int32Array(this.#words.slice(from, from + 4).buffer), port }
  }

  translated(i: number): NetworkEndpoint | undefined {
    return this.#translations?.find(this, i)
  }

  /** The port that the connection is served at. */
  serverPort(i: number): number {
    const client = this.#byte(i, SOCKET_REPORT.role) === SOCKET_ROLE.client
    return client ? this.peerPort(i) : this.localPort(i)
  }

  pid(i: number): number {
    return this.#word(i, SOCKET_REPORT['socket.pid'])
  }

  comm(i: number): string {
    const from = this.#offset(i) + SOCKET_REPORT['socket.comm']
    const zero = this.#bytes.indexOf(0, from)
    const end = zero === -1 || zero > from + 16 ? from + 16 : zero
    return this.#bytes.toString('utf8', from, end)
  }

  commWord(i: number, part: 0 | 1): number {
    return this.#word(i, SOCKET_REPORT['socket.comm'] + part * 4) | 0
  }

  cgroupId(i: number): number {
    return this.#count(i, SOCKET_REPORT['socket.cgroup_id'])
  }

  netns(i: number): number {
    return this.#word(i, SOCKET_REPORT['socket.netns'])
  }

  interfaceName(_i: number): string {
    return ''
  }

  counter(i: number, which: NetworkCounter): number {
    const place = COUNTERS[which]
    if (place === undefined) return 0
    const [at, bytes] = place
    if (bytes === 1) return this.#byte(i, at)
    if (bytes === 2) return this.#bytes.readUInt16LE(this.#offset(i) + at)
    if (bytes === 8) return this.#count(i, at)
    const value = this.#word(i, at)
    return which === 'rwnd_limited_us' ? Math.round(value * this.#jiffyUs) : value
  }

  gauge(i: number, which: NetworkGauge): number | undefined {
    return this.#word(i, GAUGES[which]) || undefined
  }

  reason(i: number): string {
    const error = this.#word(i, SOCKET_REPORT.role) >>> 16
    if (error !== 0) return getSystemErrorName(-error)
    if (this.counter(i, 'resets_sent') === 0) return ''
    return RESET_REASONS[this.#byte(i, SOCKET_REPORT.reset)] ?? ''
  }

  #offset(i: number): number {
    return this.#index[i * 2] as number
  }

  #byte(i: number, at: number): number {
    return this.#bytes[this.#offset(i) + at] as number
  }

  #word(i: number, at: number): number {
    return this.#words[(this.#offset(i) + at) >> 2] as number
  }

  /** A 64-bit count, exact up to 2^53. */
  #count(i: number, at: number): number {
    return this.#word(i, at + 4) * 0x1_0000_0000 + this.#word(i, at)
  }
}
