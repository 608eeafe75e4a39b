import type { PipelineFacts } from '../../src/component/host.ts'
import type { ComponentStatus } from '../../src/component/status.ts'
import type { ComponentCounters } from '../../src/telemetry/counters.ts'
import type { CollectedMetric } from '../../src/telemetry/metric_registry.ts'
import { isoTime, type Cell } from './page.ts'

/** How full a sending queue is. */
export interface QueueRow {
  readonly kind: string
  readonly size: number
  readonly capacity: number
}

/** A component in its pipeline: how it fares and what went through it. */
export interface ComponentRow {
  readonly role: string
  readonly id: string
  readonly state: string
  readonly error: string
  readonly since: string
  readonly in: number
  readonly out: number
  /** Made out of others, by an aggregating component. */
  readonly made?: number
  readonly held: number
  readonly dropped: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly queues: readonly QueueRow[]
}

/** The components of a pipeline, in the order in which items pass them. */
export function statusesOf(
  { id: pipeline, receivers, processors, exporters }: PipelineFacts,
  statuses: readonly ComponentStatus[],
): ComponentStatus[] {
  const find = (roles: readonly string[], id: string): ComponentStatus[] =>
    statuses.filter((one) => one.id === id && roles.includes(one.role))
  return [
    ...receivers.flatMap((id) => find(['receiver', 'connector'], id)),
    ...processors.flatMap((id) =>
      find(['processor'], id).filter((one) => one.pipeline === pipeline),
    ),
    ...exporters.flatMap((id) => find(['exporter', 'connector'], id)),
  ]
}

/** What is known of a component. */
export function componentRow(
  { role, id, pipeline, state, error, sinceMs }: ComponentStatus,
  counters: readonly ComponentCounters[],
  metrics: readonly CollectedMetric[],
): ComponentRow {
  const own = counters.find((one) => one.component === `${role}/${id}` && one.pipeline === pipeline)
  return {
    role,
    id,
    state,
    error,
    since: isoTime(sinceMs),
    in: own?.in ?? 0,
    out: own?.out ?? 0,
    ...(own?.made !== undefined && { made: own.made }),
    held: own?.held ?? 0,
    dropped: Object.fromEntries(own?.dropped ?? []),
    refused: Object.fromEntries(own?.refused ?? []),
    queues: role === 'exporter' ? queuesOf(id, metrics) : [],
  }
}

/** The row as cells, below `COMPONENT_HEAD`. */
export function componentCells(row: ComponentRow): Cell[] {
  const { role, id, state, error, since, held, dropped, refused, queues, made } = row
  const out = made === undefined ? row.out : `${row.out.toLocaleString('en-US')}, made ${made}`
  return [
    role,
    id,
    error === '' ? state : `${state}: ${error}`,
    since,
    row.in,
    out,
    held,
    reasonsText(dropped),
    reasonsText(refused),
    queues.map(({ kind, size, capacity }) => `${kind} ${size} of ${capacity}`).join(', '),
  ]
}

/** What `componentCells` are. */
export const COMPONENT_HEAD = [
  'Role',
  'Component',
  'State',
  'Since',
  'In',
  'Out',
  'Held',
  'Dropped',
  'Refused',
  'Queue',
] as const

function reasonsText(reasons: Readonly<Record<string, number>>): string {
  const rows = Object.entries(reasons)
  return rows.map(([reason, items]) => `${reason} ${items.toLocaleString('en-US')}`).join(', ')
}

/** The queues of an exporter are what its metrics say; there are none where no metrics are kept. */
function queuesOf(id: string, metrics: readonly CollectedMetric[]): QueueRow[] {
  const capacities = pointsOf('otelcol_exporter_queue_capacity', id, metrics)
  return pointsOf('otelcol_exporter_queue_size', id, metrics).map(({ kind, value: size }) => {
    return { kind, size, capacity: capacities.find((one) => one.kind === kind)?.value ?? 0 }
  })
}

function pointsOf(
  name: string,
  exporter: string,
  metrics: readonly CollectedMetric[],
): { kind: string; value: number }[] {
  const points = metrics.find(({ facts }) => facts.name === name)?.points ?? []
  return points
    .filter(({ attributes }) => attributes['exporter'] === exporter)
    .map(({ attributes, value }) => ({ kind: attributes['data_type'] ?? '', value }))
}
