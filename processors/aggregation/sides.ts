import type { Attributes } from '../../src/pdata/attributes.ts'

/**
 * What tells a data point from the others of the same series and metric. One object each: attributes
 * are kept by it.
 */
export interface Side {
  /** Whether the peer is the source and this end the destination. */
  readonly reversed: boolean
  readonly attributes: Attributes
  /** What the reason of a report is as attributes; undefined where it is not told. */
  readonly ofReason?: (reason: string) => Attributes
}

const TRANSMIT: Attributes = { 'network.io.direction': 'transmit' }
const RECEIVE: Attributes = { 'network.io.direction': 'receive' }

/** Of metrics with one data point in a series. */
export const PLAIN: Side = { reversed: false, attributes: {} }

/** Of what moves: the source is whoever sends. */
export const DIRECTIONS = {
  transmit: { reversed: false, attributes: TRANSMIT },
  receive: { reversed: true, attributes: RECEIVE },
} as const satisfies Record<string, Side>

/** Of what depends on which end began a connection. */
export const ROLES = {
  client: { reversed: false, attributes: { 'network.tcp.handshake.role': 'client' } },
  server: { reversed: false, attributes: { 'network.tcp.handshake.role': 'server' } },
} as const satisfies Record<string, Side>

/** OpenTelemetry eBPF Instrumentation's words for errors of connections. */
const FAILURES: Readonly<Record<string, string>> = {
  '': 'unknown',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  ETIMEDOUT: 'timed_out',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'net_unreachable',
}

/** Of what came to nothing for a reason. */
export const REASONS = {
  /** The kernel's own name of the error goes beside, as many are none of those. */
  failure: {
    reversed: false,
    attributes: {},
    ofReason: (name) => ({
      reason: Object.hasOwn(FAILURES, name) ? (FAILURES[name] as string) : 'other',
      ...(name !== '' && { 'error.type': name }),
    }),
  },
  /** Of a flow's log record, which has what failed and what was dropped. */
  flow: {
    reversed: false,
    attributes: {},
    ofReason: (name) => (name === '' ? {} : { reason: name }),
  },
  /** Of a question to a name server. */
  lookup: {
    reversed: false,
    attributes: {},
    ofReason: (name) => (name === '' ? {} : { 'error.type': name }),
  },
  drop: { reversed: false, attributes: {}, ofReason: (name) => ({ reason: name || 'unknown' }) },
} as const satisfies Record<string, Side>
