import type { Kind } from '../pdata/batch.ts'
import type { ComponentCounters, Counters } from './counters.ts'
import type { MetricAttributes, Meter, Observe } from './meter.ts'

/** What the Collector calls the items of a kind. It has no observations; `items` are of any kind. */
const ITEMS = {
  observations: { plural: 'observations', unit: '{observation}' },
  traces: { plural: 'spans', unit: '{span}' },
  metrics: { plural: 'metric_points', unit: '{datapoint}' },
  logs: { plural: 'log_records', unit: '{record}' },
  items: { plural: 'items', unit: '{item}' },
} as const

/** Why a queue does not take a batch; what is refused for another reason was tried to be sent. */
const NOT_QUEUED: ReadonlySet<string> = new Set([
  'queue_full',
  'too_large',
  'memory_limit',
  'storage_full',
  'storage_failed',
  'malformed',
  'shutdown',
])

/** One count of a component's, by kind. */
interface KindCount {
  /** `otelcol_receiver_accepted_` and the like; the name of the items follows. */
  readonly prefix: string
  readonly description: string
  readonly role: 'receiver' | 'exporter'
  readonly count: (counters: ComponentCounters) => number
}

const KIND_COUNTS: readonly KindCount[] = [
  {
    prefix: 'otelcol_receiver_accepted_',
    description: 'Items that were taken over by all that they were handed to.',
    role: 'receiver',
    count: ({ out }) => out,
  },
  {
    prefix: 'otelcol_receiver_refused_',
    description: 'Items that the pipelines did not take.',
    role: 'receiver',
    count: ({ refused }) => sum(refused),
  },
  {
    prefix: 'otelcol_receiver_failed_',
    description: 'Items that the receiver lost before it could hand them on.',
    role: 'receiver',
    count: ({ dropped, refused }) => sum(dropped) - sum(refused),
  },
  {
    prefix: 'otelcol_exporter_sent_',
    description: 'Items that the destination took.',
    role: 'exporter',
    count: ({ out }) => out,
  },
  {
    prefix: 'otelcol_exporter_send_failed_',
    description: 'Items that could not be sent.',
    role: 'exporter',
    count: ({ dropped, refused }) =>
      sum(dropped) + sum(refused, (reason) => !NOT_QUEUED.has(reason)),
  },
  {
    prefix: 'otelcol_exporter_enqueue_failed_',
    description: 'Items that the sending queue did not take.',
    role: 'exporter',
    count: ({ refused }) => sum(refused, (reason) => NOT_QUEUED.has(reason)),
  },
]

/** Registers what the components count: under the Collector's names, and every drop by its reason. */
export function registerComponentMetrics(meter: Meter, counters: Counters): void {
  for (const count of KIND_COUNTS) {
    for (const kind of Object.keys(ITEMS) as (keyof typeof ITEMS)[]) {
      registerKindCount(meter, counters, count, kind)
    }
  }
  registerSteps(meter, counters)
  registerDrops(meter, counters)
}

function registerKindCount(
  meter: Meter,
  counters: Counters,
  { prefix, description, role, count }: KindCount,
  kind: keyof typeof ITEMS,
): void {
  const { plural, unit } = ITEMS[kind]
  meter.counter({ name: prefix + plural, description, unit, level: 'basic' }, (observe) => {
    for (const one of ofRole(counters, role)) {
      for (const [part, value, transport] of byKind(one, count)) {
        if (part !== kind) continue
        observe(value, { [role]: idOf(one), ...(transport !== '' && { transport }) })
      }
    }
  })
}

/** What there is of each kind and transport that was met; what no kind is known of is the rest, `items`. */
function byKind(
  counters: ComponentCounters,
  count: KindCount['count'],
): [keyof typeof ITEMS, number, string][] {
  const used = counters.parts.filter((part) => part.in > 0 || part.refused.size > 0)
  const parts = used.map((part): [Kind, number, string] => {
    return [part.kind as Kind, count(part), part.transport]
  })
  const rest = count(counters) - parts.reduce((total, [, value]) => total + value, 0)
  if (counters.kind) return [[counters.kind, rest, ''], ...parts]
  return rest > 0 ? [['items', rest, ''], ...parts] : parts
}

function registerSteps(meter: Meter, counters: Counters): void {
  const steps = [
    ['processor', 'incoming_items', 'Items that came in.', (c: ComponentCounters) => c.in],
    ['processor', 'outgoing_items', 'Items that were handed on.', handedOn],
    ['connector', 'consumed_items', 'Items that came in.', (c: ComponentCounters) => c.in],
    ['connector', 'produced_items', 'Items that were handed on.', producedBy],
  ] as const
  for (const [role, what, description, count] of steps) {
    const facts = { name: `otelcol_${role}_${what}`, description, unit: '{item}' }
    meter.counter({ ...facts, level: 'basic' }, (observe) => {
      for (const one of ofRole(counters, role)) observe(count(one), stepAttributes(role, one))
    })
  }
}

/** What comes out of an aggregating connector is not what went in. */
function producedBy({ made, out }: ComponentCounters): number {
  return made ?? out
}

/** An aggregating component hands on what it makes of what it has counted. */
function handedOn({ made, out }: ComponentCounters): number {
  return made ?? out
}

function stepAttributes(role: string, counters: ComponentCounters): MetricAttributes {
  const { pipeline } = counters
  if (pipeline === '') return { [role]: idOf(counters) }
  return { [role]: idOf(counters), 'otel.signal': pipeline.split('/')[0] as string, pipeline }
}

function registerDrops(meter: Meter, counters: Counters): void {
  meter.counter(
    {
      name: 'waggle.component.dropped',
      description: 'Items given up, by component and reason.',
      unit: '{item}',
      level: 'basic',
    },
    (observe) => {
      for (const one of counters.all()) observeDrops(one, observe)
    },
  )
  meter.gauge(
    {
      name: 'waggle.component.held',
      description: 'Items that came in and were neither handed on nor given up yet.',
      unit: '{item}',
    },
    (observe) => {
      for (const one of counters.all()) {
        if (one.in > 0) observe(one.held, componentAttributes(one))
      }
    },
  )
}

function observeDrops(counters: ComponentCounters, observe: Observe): void {
  const attributes = componentAttributes(counters)
  for (const [reason, items] of givenUp(counters)) observe(items, { ...attributes, reason })
}

/** What an aggregating component made and nobody took is given up, too. */
function givenUp({ dropped, refused, made }: ComponentCounters): ReadonlyMap<string, number> {
  if (made === undefined || refused.size === 0) return dropped
  const all = new Map(dropped)
  for (const [reason, items] of refused) all.set(reason, (all.get(reason) ?? 0) + items)
  return all
}

function componentAttributes({ component, pipeline }: ComponentCounters): MetricAttributes {
  return pipeline === '' ? { component } : { component, pipeline }
}

function ofRole(counters: Counters, role: string): ComponentCounters[] {
  return counters.all().filter(({ component }) => component.startsWith(`${role}/`))
}

/** `exporter/otlp_grpc/eu` is the exporter `otlp_grpc/eu`. */
function idOf({ component }: ComponentCounters): string {
  return component.slice(component.indexOf('/') + 1)
}

function sum(
  map: ReadonlyMap<string, number>,
  wanted = (_reason: string): boolean => true,
): number {
  let total = 0
  for (const [reason, items] of map) if (wanted(reason)) total += items
  return total
}
