import type { Attributes } from '../../src/pdata/attributes.ts'
import {
  type HistogramPoint,
  type Metric,
  type Metrics,
  type NumberPoint,
  TEMPORALITY,
} from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { serviceName } from './fields.ts'
import { Increases } from './increases.ts'

/** Flows and services that are followed in one interval; those that come later are not shown. */
const MAX_COUNTED = 10_000

/** What is counted of a flow, of the connections of a service or of its lookups of a name, in one interval. */
export class NetworkRow {
  readonly service: string
  /** `10.0.0.1 → 10.0.0.2:80`, or the name that was looked up; empty for a service. */
  readonly flow: string
  readonly transport: string
  readonly counts: Record<Count, number> = {
    sent: 0,
    received: 0,
    packets: 0,
    retransmits: 0,
    opened: 0,
    accepted: 0,
    closed: 0,
    failed: 0,
    resets: 0,
    drops: 0,
  }
  /** Seconds, and how many values: of round-trip times, of handshakes, or of lookups. */
  readonly times = { sum: 0, count: 0 }

  constructor(service: string, flow: string, transport: string) {
    this.service = service
    this.flow = flow
    this.transport = transport
  }
}

type Count =
  | 'sent'
  | 'received'
  | 'packets'
  | 'retransmits'
  | 'opened'
  | 'accepted'
  | 'closed'
  | 'failed'
  | 'resets'
  | 'drops'

type Table = 'flows' | 'connections' | 'lookups'

/** Which table a metric stands in, and as what. */
interface Column {
  readonly table: Table
  readonly of: (attributes: Attributes) => Count
}

const isReceived = (attributes: Attributes): boolean =>
  attributes['network.io.direction'] === 'receive'

function plain(table: Column['table'], count: Count): Column {
  return { table, of: () => count }
}

const BYTES: Column = { table: 'flows', of: (all) => (isReceived(all) ? 'received' : 'sent') }
const COLUMNS: Readonly<Record<string, Column>> = {
  'obi.network.flow.bytes': BYTES,
  'obi.stat.tcp.io': BYTES,
  'obi.network.flow.packets': plain('flows', 'packets'),
  'obi.stat.tcp.retransmits': plain('flows', 'retransmits'),
  'waggle.tcp.connections': {
    table: 'connections',
    of: (all) => (all['network.tcp.handshake.role'] === 'server' ? 'accepted' : 'opened'),
  },
  'waggle.tcp.connections.closed': plain('connections', 'closed'),
  'obi.stat.tcp.failed.connections': plain('connections', 'failed'),
  'waggle.tcp.resets': plain('connections', 'resets'),
  'waggle.network.drops': plain('connections', 'drops'),
}
const TIMES: Readonly<Record<string, Column['table']>> = {
  'obi.stat.tcp.rtt': 'flows',
  'waggle.tcp.connect.duration': 'connections',
  'dns.lookup.duration': 'lookups',
}

/** The tables of an interval. */
export interface NetworkRows {
  readonly flows: readonly NetworkRow[]
  readonly connections: readonly NetworkRow[]
  readonly lookups: readonly NetworkRow[]
}

/** Counts what metrics say of flows, connections and lookups, by flow, service and name. */
export class NetworkSummary {
  readonly #increases: Increases
  #tables = emptyTables()

  /** @param sinceNs nanoseconds since 1970: what was counted before is not shown */
  constructor(sinceNs: bigint) {
    this.#increases = new Increases(sinceNs)
  }

  /** Counts the data points of a batch; metrics of other things are passed over. */
  add({ groups }: Metrics): void {
    for (const { resource, metrics } of groups) {
      // The flows receiver counts TCP, too: its bytes and those of sockets are the same ones.
      const names = new Set(metrics.map(({ name }) => name))
      for (const metric of metrics) {
        if (metric.name === 'obi.stat.tcp.io' && names.has('obi.network.flow.bytes')) continue
        this.#addMetric(resource, metric)
      }
    }
  }

  #addMetric(resource: Resource, metric: Metric): void {
    const column = COLUMNS[metric.name]
    const times = TIMES[metric.name]
    if (column === undefined && times === undefined) return
    const { data } = metric
    const isDelta = 'temporality' in data && data.temporality === TEMPORALITY.delta
    for (const point of data.points) {
      const key = `${resource.id} ${metric.name} ${JSON.stringify(point.attributes)}`
      const grown = (part: string, value: number): number =>
        isDelta ? value : this.#increases.of(`${part} ${key}`, value, point.startNs)
      if (column && data.type === 'sum') {
        const value = grown('value', Number((point as NumberPoint).value))
        const row = this.#rowOf(column.table, resource, point.attributes)
        if (row) row.counts[column.of(point.attributes)] += value
      } else if (times && data.type === 'histogram') {
        const { sum = 0, count } = point as HistogramPoint
        const row = this.#rowOf(times, resource, point.attributes)
        if (!row) continue
        const values = grown('count', count)
        row.times.sum += grown('sum', sum)
        row.times.count += values
        if (point.attributes['error.type'] !== undefined) row.counts.failed += values
      }
    }
  }

  #rowOf(
    table: Column['table'],
    resource: Resource,
    attributes: Attributes,
  ): NetworkRow | undefined {
    const rows = this.#tables[table]
    const service = serviceName(resource)
    const flow = whatText(table, attributes)
    const transport = table === 'flows' ? textOf(attributes['network.transport']) : ''
    const key = `${service} ${flow} ${transport}`
    const known = rows.get(key)
    if (known || rows.size >= MAX_COUNTED) return known
    const row = new NetworkRow(service, flow, transport)
    rows.set(key, row)
    return row
  }

  /** What has happened since the last call, most first. */
  take(): NetworkRows {
    const { flows, connections, lookups } = this.#tables
    this.#tables = emptyTables()
    this.#increases.forget()
    return {
      flows: busiest(flows, ({ sent, received }) => sent + received),
      connections: busiest(connections, connectionCount),
      lookups: busiest(lookups, (_, { count }) => count),
    }
  }
}

function emptyTables(): Record<Table, Map<string, NetworkRow>> {
  return { flows: new Map(), connections: new Map(), lookups: new Map() }
}

type SizeOf = (counts: NetworkRow['counts'], times: NetworkRow['times']) => number

/** Without rows of which there is nothing new. */
function busiest(rows: ReadonlyMap<string, NetworkRow>, sizeOf: SizeOf): NetworkRow[] {
  return [...rows.values()]
    .filter(({ counts, times }) => times.count > 0 || Object.values(counts).some((n) => n > 0))
    .toSorted((a, b) => sizeOf(b.counts, b.times) - sizeOf(a.counts, a.times))
}

function connectionCount({ opened, accepted, closed, failed }: NetworkRow['counts']): number {
  return opened + accepted + closed + failed
}

/** What a row of a service is about. */
function whatText(table: Table, attributes: Attributes): string {
  if (table === 'connections') return ''
  if (table === 'flows') return flowText(attributes)
  return textOf(attributes['dns.question.name']) || 'overflow'
}

/** This end first; what was received came from the other one. */
function flowText(attributes: Attributes): string {
  const source = endText(attributes, 'source')
  const destination = endText(attributes, 'destination')
  if (source === '' && destination === '')
    return attributes['otel.metric.overflow'] ? 'overflow' : 'all'
  return isReceived(attributes) ? `${destination} → ${source}` : `${source} → ${destination}`
}

function endText(attributes: Attributes, end: 'source' | 'destination'): string {
  const address = textOf(attributes[`${end}.address`])
  const port = attributes[`${end}.port`]
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${textOf(port)}` : `${address}:${textOf(port)}`
}

function textOf(value: Attributes[string] | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
