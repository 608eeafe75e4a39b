import { openGroup, openItem, openMetric } from '../../src/ottl/index.ts'
import type { Environment, Faults } from '../../src/ottl/index.ts'
import type { FieldType, MessageDraft } from '../../src/ottl/message_draft.ts'
import { logItems, spanItems } from '../../src/pdata/item_bytes.ts'
import type { LogGroup } from '../../src/pdata/logs.ts'
import type { OtlpGroup } from '../../src/pdata/map_groups.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import type { Metric, MetricGroup } from '../../src/pdata/metrics.ts'
import { LOG } from '../../src/pdata/otlp_logs.ts'
import { DATA, POINT } from '../../src/pdata/otlp_metrics.ts'
import { EVENT, SPAN } from '../../src/pdata/otlp_traces.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { SpanGroup } from '../../src/pdata/traces.ts'
import type { CountConfig } from './config.ts'
import { type Recipe, recipesOf, Tally } from './tally.ts'

/** Times of items, read as they stand there. */
const time = (number: number): FieldType => ({
  number,
  read: (reader) => reader.fixed64(),
  write: () => {},
  absent: 0n,
})
const TIMES = {
  start: time(SPAN.start),
  end: time(SPAN.end),
  event: time(EVENT.time),
  log: time(LOG.time),
  point: time(POINT.time),
} as const

/** What was counted of one resource: items, and what lies in them. */
interface Tallies {
  readonly outer: Tally
  readonly inner: Tally
}

/** Counts the items of batches, each batch by itself. */
export class Counter {
  readonly #env: Environment
  readonly #scope: Scope
  readonly #recipes: Readonly<Record<keyof CountConfig, readonly Recipe[]>>

  constructor(config: CountConfig, env: Environment, faults: Faults, scope: Scope) {
    this.#env = env
    this.#scope = scope
    this.#recipes = {
      spans: recipesOf('spans', config.spans, faults),
      spanevents: recipesOf('spanevents', config.spanevents, faults),
      metrics: recipesOf('metrics', config.metrics, faults),
      datapoints: recipesOf('datapoints', config.datapoints, faults),
      logs: recipesOf('logs', config.logs, faults),
    }
  }

  /** The counts of a batch by resource; resources of which nothing was counted are not there. Throws OttlError. */
  count(batch: OtlpBatch, nowNs: () => bigint): MetricGroup[] {
    const resources = new Map<Resource, Tallies>()
    for (const group of batch.groups as readonly OtlpGroup[]) {
      const tallies = resources.get(group.resource) ?? this.#tallies(batch.kind)
      resources.set(group.resource, tallies)
      openGroup(this.#env, group)
      if ('spans' in group) this.#spans(group, tallies)
      else if ('logs' in group) this.#logs(group, tallies.outer)
      else for (const metric of group.metrics) this.#metric(metric, tallies)
    }
    return [...resources].flatMap(([resource, { outer, inner }]) => {
      const metrics = [...outer.metrics(nowNs), ...inner.metrics(nowNs)]
      return metrics.length === 0 ? [] : [{ resource, scope: this.#scope, metrics }]
    })
  }

  #tallies(kind: OtlpBatch['kind']): Tallies {
    const { spans, spanevents, metrics, datapoints, logs } = this.#recipes
    if (kind === 'traces') return { outer: new Tally(spans), inner: new Tally(spanevents) }
    if (kind === 'metrics') return { outer: new Tally(metrics), inner: new Tally(datapoints) }
    return { outer: new Tally(logs), inner: new Tally([]) }
  }

  #spans({ spans }: SpanGroup, { outer, inner }: Tallies): void {
    const env = this.#env
    const items = spanItems(spans)
    for (let i = 0; i < items.length; i++) {
      openItem(env, env.span, items, i)
      outer.at(timeOf(env.span, TIMES.start))
      outer.at(timeOf(env.span, TIMES.end))
      outer.add(env, env.span)
      if (env.span.has(SPAN.events)) this.#events(inner)
    }
  }

  #events(tally: Tally): void {
    const env = this.#env
    const events = env.span.list(SPAN.events)
    for (let i = 0; i < events.length; i++) {
      const place = events.at(i)
      if (!place) continue
      env.eventIndex = i
      env.spanevent.over(...place)
      tally.at(timeOf(env.spanevent, TIMES.event))
      tally.add(env, env.spanevent)
    }
  }

  #logs({ logs }: LogGroup, tally: Tally): void {
    const env = this.#env
    const items = logItems(logs)
    for (let i = 0; i < items.length; i++) {
      openItem(env, env.log, items, i)
      tally.at(timeOf(env.log, TIMES.log))
      tally.add(env, env.log)
    }
  }

  #metric(metric: Metric, { outer, inner }: Tallies): void {
    const env = this.#env
    openMetric(env, metric)
    outer.add(env, undefined)
    env.pointField = env.dataField
    const points = env.data?.list(DATA.points)
    for (let i = 0; i < (points?.length ?? 0); i++) {
      const place = points?.at(i)
      if (!place) continue
      const point = env.datapoint.over(...place)
      inner.at(timeOf(point, TIMES.point))
      inner.add(env, point)
    }
  }
}

function timeOf(draft: MessageDraft, field: FieldType): bigint {
  return draft.get(field) as bigint
}
