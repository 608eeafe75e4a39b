import { logItems, spanItems } from '../../src/pdata/item_bytes.ts'
import type { Environment, Judge } from '../../src/ottl/index.ts'
import { openField, openGroup, openItem, openMetric, rewriteItems } from '../../src/ottl/index.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import {
  filterLogs,
  filterMetrics,
  filterPoints,
  filterSpans,
} from '../../src/pdata/filter_items.ts'
import type { LogGroup, Logs } from '../../src/pdata/logs.ts'
import { mapGroups } from '../../src/pdata/map_groups.ts'
import type { Metric, MetricGroup, Metrics } from '../../src/pdata/metrics.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { encodedResource } from '../../src/pdata/otlp_groups.ts'
import { DATA } from '../../src/pdata/otlp_metrics.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { type SpanGroup, Traces } from '../../src/pdata/traces.ts'

/** What drops are made by. */
export interface Dropping {
  readonly env: Environment
  readonly judge: Judge
}

/** Drops all items of the resources or scopes that are not wanted. Throws OttlError. */
export function dropGroups<B extends OtlpBatch>(batch: B, { env, judge }: Dropping): B {
  return mapGroups(batch, (group) => {
    openGroup(env, group)
    return judge.holds(env) ? undefined : group
  })
}

/** Drops the totals of the resources that are not wanted. Throws OttlError. */
export function dropTotals(batch: Traces, { env, judge }: Dropping): Traces {
  const kept = batch.totals.filter(({ resource }) => {
    openField(env.resource, encodedResource(resource).own)
    return !judge.holds(env)
  })
  if (kept.length === batch.totals.length) return batch
  return new Traces(batch.groups, batch.delivery, kept)
}

/** Drops spans. Throws OttlError. */
export function dropSpans(batch: Traces, { env, judge }: Dropping): Traces {
  let group: SpanGroup | undefined
  let items: EncodedItems
  return filterSpans(batch, (of, i) => {
    if (of !== group) {
      group = of
      items = spanItems(of.spans)
      openGroup(env, of)
    }
    openItem(env, env.span, items, i)
    return !judge.holds(env)
  })
}

/** Drops log records. Throws OttlError. */
export function dropLogs(batch: Logs, { env, judge }: Dropping): Logs {
  let group: LogGroup | undefined
  let items: EncodedItems
  return filterLogs(batch, (of, i) => {
    if (of !== group) {
      group = of
      items = logItems(of.logs)
      openGroup(env, of)
    }
    openItem(env, env.log, items, i)
    return !judge.holds(env)
  })
}

/** Drops metrics with all their data points. Throws OttlError. */
export function dropMetrics(batch: Metrics, { env, judge }: Dropping): Metrics {
  let group: MetricGroup | undefined
  return filterMetrics(batch, (of, metric) => {
    if (of !== group) openGroup(env, (group = of))
    openMetric(env, metric)
    return !judge.holds(env)
  })
}

/** Drops data points, and metrics without any left. Throws OttlError. */
export function dropPoints(batch: Metrics, { env, judge }: Dropping): Metrics {
  let group: MetricGroup | undefined
  let metric: Metric | undefined
  return filterPoints(batch, (of, one, i) => {
    if (of !== group) openGroup(env, (group = of))
    if (one !== metric) {
      openMetric(env, (metric = one))
      env.pointField = env.dataField
    }
    env.cache.clear()
    const place = env.data?.list(DATA.points).at(i)
    if (!place) return true
    env.datapoint.over(...place)
    return !judge.holds(env)
  })
}

/** Drops events of spans; `onDropped` is told how many. Throws OttlError. */
export function dropEvents(
  batch: Traces,
  { env, judge }: Dropping,
  onDropped: (events: number) => void,
): Traces {
  let dropped = 0
  const change = (): void => {
    if (!env.span.has(SPAN.events)) return
    const events = env.span.list(SPAN.events)
    for (let i = 0; i < events.length; i++) {
      env.cache.clear()
      env.eventIndex = i
      env.spanevent.over(...(events.at(i) as [Buffer, number, number]))
      if (!judge.holds(env)) continue
      events.drop(i)
      dropped++
    }
  }
  const changed = mapGroups(batch, (group) => {
    openGroup(env, group)
    const items = spanItems(group.spans)
    const left = rewriteItems(items, { env, draft: env.span, change, inOrder: false })
    return left === items ? group : { ...group, spans: new EncodedSpanList(left) }
  })
  onDropped(dropped)
  return changed
}
