import { EncodedLogList } from './encoded_logs.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import { LogArray } from './log_array.ts'
import type { LogGroup, LogList, Logs } from './logs.ts'
import { mapGroups } from './map_groups.ts'
import {
  type Metric,
  type MetricData,
  type MetricGroup,
  type Metrics,
  pointCountOf,
} from './metrics.ts'
import { ConcatSpanList } from './concat_span_list.ts'
import type { SpanGroup, SpanList, Traces } from './traces.ts'

/**
 * The spans for which `keep` is true. A group without any goes; the batch itself comes back where all
 * are kept. Spans that are bytes stay bytes.
 */
export function filterSpans(batch: Traces, keep: (group: SpanGroup, i: number) => boolean): Traces {
  return mapGroups(batch, (group) => {
    const kept = indicesOf(group.spans.length, (i) => keep(group, i))
    if (kept.length === group.spans.length) return group
    return kept.length === 0 ? undefined : { ...group, spans: pickSpans(group.spans, kept) }
  })
}

/** As `filterSpans`, for log records. */
export function filterLogs(batch: Logs, keep: (group: LogGroup, i: number) => boolean): Logs {
  return mapGroups(batch, (group) => {
    const kept = indicesOf(group.logs.length, (i) => keep(group, i))
    if (kept.length === group.logs.length) return group
    return kept.length === 0 ? undefined : { ...group, logs: pickLogs(group.logs, kept) }
  })
}

/** As `filterSpans`, for metrics with all their data points. */
export function filterMetrics(
  batch: Metrics,
  keep: (group: MetricGroup, metric: Metric) => boolean,
): Metrics {
  return mapGroups(batch, (group) => {
    const metrics = group.metrics.filter((metric) => keep(group, metric))
    return withMetrics(group, metrics)
  })
}

/**
 * As `filterSpans`, for the data points of metrics; a metric without any goes. `keep` gets the index
 * in the metric's points: only who looks at `metric.data` has them decoded.
 */
export function filterPoints(
  batch: Metrics,
  keep: (group: MetricGroup, metric: Metric, i: number) => boolean,
): Metrics {
  return mapGroups(batch, (group) => {
    const metrics = group.metrics.flatMap((metric) => {
      const count = pointCountOf(metric)
      const kept = indicesOf(count, (i) => keep(group, metric, i))
      if (kept.length === count) return [metric]
      return kept.length === 0 ? [] : [pickPoints(metric, kept)]
    })
    return withMetrics(group, metrics)
  })
}

function indicesOf(length: number, keep: (i: number) => boolean): number[] {
  const kept: number[] = []
  for (let i = 0; i < length; i++) if (keep(i)) kept.push(i)
  return kept
}

function pickSpans(spans: SpanList, kept: readonly number[]): SpanList {
  if (spans instanceof EncodedSpanList) return new EncodedSpanList(spans.items.pick(kept))
  return ConcatSpanList.of(runsOf(kept).map(([from, to]) => spans.slice(from, to)))
}

function pickLogs(logs: LogList, kept: readonly number[]): LogList {
  if (logs instanceof EncodedLogList) return new EncodedLogList(logs.items.pick(kept))
  return new LogArray(kept.map((i) => logs.at(i)))
}

function pickPoints(metric: Metric, kept: readonly number[]): Metric {
  const wanted = new Set(kept)
  if (metric.pick) return metric.pick((i) => wanted.has(i))
  const { data } = metric
  // The points keep the type that `data` says they have.
  return { ...metric, data: { ...data, points: kept.map((i) => data.points[i]) } as MetricData }
}

function withMetrics(group: MetricGroup, metrics: readonly Metric[]): MetricGroup | undefined {
  if (metrics.length === 0) return undefined
  const same = metrics.length === group.metrics.length
  if (same && metrics.every((metric, i) => metric === group.metrics[i])) return group
  return { resource: group.resource, scope: group.scope, metrics }
}

/** Indices as ranges: from, and up to but not including. */
function runsOf(indices: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const i of indices) {
    const last = runs.at(-1)
    if (last?.[1] === i) last[1] = i + 1
    else runs.push([i, i + 1])
  }
  return runs
}
