import type { ObservationBatch } from './observations.ts'

/**
 * What is counted of a connection or flow between two reports of it. Bytes and packets are from the
 * local socket's point of view; packets count what the network sees, `gso_segs` of a segment that is
 * cut later.
 */
export const NETWORK_COUNTERS = [
  'bytes_sent',
  'bytes_received',
  'packets_sent',
  'packets_received',
  /** Segments sent again. */
  'retransmits',
  /** Segments that came out of order. */
  'out_of_order',
  /** Connections begun by this end, taken by this end, ended, and that came to nothing. */
  'opened',
  'accepted',
  'closed',
  'failed',
  'resets_sent',
  'resets_received',
  /** Microseconds in which the peer's window kept this end from sending. */
  'rwnd_limited_us',
  /** Connections that a full listen queue turned away. */
  'listen_overflows',
  /** Packets that the kernel gave up; `reason` says why. */
  'drops',
] as const

/** One of the counters. */
export type NetworkCounter = (typeof NETWORK_COUNTERS)[number]

/** What a connection tells of itself at a report; microseconds. */
export const NETWORK_GAUGES = ['srtt_us', 'min_rtt_us', 'rtt_var_us', 'connect_us'] as const

/** One of the gauges. */
export type NetworkGauge = (typeof NETWORK_GAUGES)[number]

/** Which end began a connection: `peer` where nobody did, or it is not known. */
export type NetworkRole = 'client' | 'server' | 'peer'

/** An address and a port; the address as words, as `localWord` has them. */
export interface NetworkEndpoint {
  readonly words: Int32Array
  readonly port: number
}

/**
 * Reports of connections and flows, at most one of each in a batch. Counters are differences: what has
 * happened since the report before, so that nothing is counted twice and nothing is missed at the end
 * of a connection. Methods take an item's index; those that return strings may allocate.
 */
export interface NetworkObservations extends ObservationBatch {
  readonly schema: 'network'
  /** What made the reports: sockets know health, flows know packets and unconnected peers. */
  readonly source: 'sockets' | 'flows'
  /** When the interval that is reported began and ended, in nanoseconds since 1970. */
  readonly startNs: bigint
  readonly endNs: bigint
  /** `tcp`, `udp`, `icmp` or another name or number of IP's. */
  transport(i: number): string
  role(i: number): NetworkRole
  localAddress(i: number): string
  localPort(i: number): number
  peerAddress(i: number): string
  peerPort(i: number): number
  /**
   * Four bytes of the local address as `Int32Array` reads them, `part` 0 to 3 of its 16 bytes; IPv4
   * is mapped into IPv6 (`::ffff:10.0.0.1`). Tells addresses apart without making strings.
   */
  localWord(i: number, part: number): number
  peerWord(i: number, part: number): number
  /**
   * What the program asked `connect` for, where the socket was connected to another peer: a load
   * balancer at sockets had changed it. Undefined also where it is not known.
   */
  asked(i: number): NetworkEndpoint | undefined
  /** The peer behind address translation on this node, where the socket's own peer is not it. */
  translated(i: number): NetworkEndpoint | undefined
  /** The process that owns the socket, or 0; its name as the kernel has it. */
  pid(i: number): number
  comm(i: number): string
  /** Four bytes of that name: the first ones for `part` 0, the next ones for 1. */
  commWord(i: number, part: 0 | 1): number
  /** The cgroup of the socket, 0 where it has none. */
  cgroupId(i: number): number
  /** Inode of the network namespace, 0 where it is not known. */
  netns(i: number): number
  /** The network interface at which it was seen; empty where its socket tells it. */
  interfaceName(i: number): string
  counter(i: number, which: NetworkCounter): number
  /** Undefined where it is not known or was not measured. */
  gauge(i: number, which: NetworkGauge): number | undefined
  /** Why connections failed or packets were dropped: `ECONNREFUSED`, `NETFILTER_DROP`; else empty. */
  reason(i: number): string
}
