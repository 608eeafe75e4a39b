import type {
  NetworkCounter,
  NetworkGauge,
  NetworkObservations,
} from '../../src/pdata/network_observations.ts'
import { DIRECTIONS, PLAIN, REASONS, ROLES, type Side } from './sides.ts'

/** What the values of a metric are summed up by. */
export const GROUPINGS = ['flow', 'process', 'container'] as const
/** One of the groupings. */
export type Grouping = (typeof GROUPINGS)[number]

/** A counter of the reports as a data point of its own. */
export interface Part {
  readonly counter: NetworkCounter
  readonly side: Side
}

/** A metric that is made of reports. */
export interface Instrument {
  readonly name: string
  readonly description: string
  /** UCUM. Names of OpenTelemetry eBPF Instrumentation have the units that it gives them. */
  readonly unit: string
  /** What it may be summed up by; the first is the default. */
  readonly groupings: readonly [Grouping, ...Grouping[]]
  /** False where it is only made when it is asked for. */
  readonly enabled?: false
  /** Why not by the others. */
  readonly only?: string
  /** Which receiver's reports it is made of, where both count the same. */
  readonly source?: NetworkObservations['source']
  /** Counters as sums; each in millionths of the unit where `micro`. */
  readonly parts?: readonly Part[]
  readonly micro?: true
  /** A gauge in microseconds, as a histogram in seconds. */
  readonly gauge?: NetworkGauge
  /** Of the gauge. */
  readonly side?: Side
  /** Whether it is told apart by the reports' reason. */
  readonly byReason?: true
  /** Whether by the name that a name server was asked for, too, and by that server. */
  readonly byQuestion?: true
}

const ANY: Instrument['groupings'] = ['flow', 'process', 'container']
const COARSE: Instrument['groupings'] = ['process', 'flow', 'container']
const PATH = 'a round-trip time is that of one path'
const NOT_FLOW = 'a flow has no connections of its own'
const NOT_LOOKED_UP = 'each lookup is a flow'

function one(counter: NetworkCounter, side: Side = PLAIN): readonly Part[] {
  return [{ counter, side }]
}

function directions(transmit: NetworkCounter, receive: NetworkCounter): readonly Part[] {
  return [
    { counter: transmit, side: DIRECTIONS.transmit },
    { counter: receive, side: DIRECTIONS.receive },
  ]
}

type Facts = Omit<Instrument, 'name'>

const FACTS = {
  'obi.network.flow.bytes': {
    description: 'Bytes of flows, as the flows receiver counts them.',
    unit: '{bytes}',
    groupings: ANY,
    source: 'flows',
    parts: directions('bytes_sent', 'bytes_received'),
  },
  'obi.network.flow.packets': {
    description: 'Packets of flows.',
    unit: '{packets}',
    groupings: ANY,
    source: 'flows',
    parts: directions('packets_sent', 'packets_received'),
  },
  'obi.stat.tcp.io': {
    description: 'Bytes that TCP connections carried.',
    unit: 'By',
    groupings: ANY,
    source: 'sockets',
    parts: directions('bytes_sent', 'bytes_received'),
  },
  'waggle.tcp.segments': {
    description: 'TCP segments.',
    unit: '{segment}',
    groupings: COARSE,
    source: 'sockets',
    parts: directions('packets_sent', 'packets_received'),
  },
  'obi.stat.tcp.rtt': {
    description: 'Smoothed round-trip times of TCP connections.',
    unit: 's',
    groupings: ['flow'],
    only: PATH,
    gauge: 'srtt_us',
  },
  'waggle.tcp.rtt.min': {
    description: 'Least round-trip times of TCP connections.',
    unit: 's',
    groupings: ['flow'],
    only: PATH,
    enabled: false,
    gauge: 'min_rtt_us',
  },
  'waggle.tcp.rtt.variation': {
    description: 'How much the round-trip times of TCP connections vary.',
    unit: 's',
    groupings: ['flow'],
    only: PATH,
    enabled: false,
    gauge: 'rtt_var_us',
  },
  'obi.stat.tcp.retransmits': {
    description: 'TCP segments that were sent again.',
    unit: '',
    groupings: ANY,
    parts: one('retransmits'),
  },
  'waggle.tcp.out_of_order': {
    description: 'TCP segments that came out of their order.',
    unit: '{segment}',
    groupings: ANY,
    parts: one('out_of_order'),
  },
  'waggle.tcp.rwnd_limited.time': {
    description: 'Time in which full windows of receivers kept TCP connections from sending.',
    unit: 's',
    groupings: ANY,
    parts: one('rwnd_limited_us'),
    micro: true,
  },
  'waggle.tcp.resets': {
    description: 'TCP connections that were reset, by who did it: `transmit` is this end.',
    unit: '{reset}',
    groupings: ANY,
    parts: directions('resets_sent', 'resets_received'),
  },
  'obi.stat.tcp.failed.connections': {
    description: 'TCP connections that could not be opened.',
    unit: '',
    groupings: ANY,
    parts: one('failed', REASONS.failure),
    byReason: true,
  },
  'waggle.tcp.connections': {
    description: 'TCP connections that were opened, by the role of this end.',
    unit: '{connection}',
    groupings: ['process', 'container'],
    only: NOT_FLOW,
    parts: [
      { counter: 'opened', side: ROLES.client },
      { counter: 'accepted', side: ROLES.server },
    ],
  },
  'waggle.tcp.connections.closed': {
    description: 'TCP connections that ended.',
    unit: '{connection}',
    groupings: ['process', 'container'],
    only: NOT_FLOW,
    parts: one('closed'),
  },
  'waggle.tcp.connect.duration': {
    description: 'Time that TCP handshakes took.',
    unit: 's',
    groupings: COARSE,
    gauge: 'connect_us',
  },
  'waggle.tcp.listen.overflows': {
    description: 'TCP connections that were turned away because a listen queue was full.',
    unit: '{connection}',
    groupings: ['process', 'container'],
    only: 'a connection that was turned away is no flow',
    parts: one('listen_overflows'),
  },
  'dns.lookup.duration': {
    description: 'Time that DNS lookups took, as those who asked saw it.',
    unit: 's',
    groupings: ['process', 'container'],
    only: NOT_LOOKED_UP,
    source: 'dns',
    gauge: 'lookup_us',
    side: REASONS.lookup,
    byReason: true,
    byQuestion: true,
  },
  'waggle.dns.answer.duration': {
    description: 'Time that name servers of this node took to answer.',
    unit: 's',
    groupings: ['process', 'container'],
    only: NOT_LOOKED_UP,
    source: 'dns',
    gauge: 'answer_us',
    side: REASONS.lookup,
    byReason: true,
    byQuestion: true,
  },
  'waggle.network.drops': {
    description: 'Packets that the kernel gave up, by its reason.',
    unit: '{packet}',
    groupings: ANY,
    parts: one('drops', REASONS.drop),
    byReason: true,
  },
} as const satisfies Record<string, Facts>

/** Name of a metric that is made. */
export type MetricName = keyof typeof FACTS

/** Every metric there is. The `obi.` ones are OpenTelemetry eBPF Instrumentation's. */
export const INSTRUMENTS: readonly (Instrument & { readonly name: MetricName })[] = Object.entries(
  FACTS as Record<string, Facts>,
).map(([name, facts]) => ({ name: name as MetricName, ...facts }))
