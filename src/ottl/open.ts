import { encodedLogs, encodedSpans } from '../pdata/edit_items.ts'
import { EncodedItems } from '../pdata/encoded_items.ts'
import { EncodedLogList } from '../pdata/encoded_logs.ts'
import { EncodedMetric, EncodedMetricGroup } from '../pdata/encoded_metrics.ts'
import { EncodedSpanList } from '../pdata/encoded_spans.ts'
import type { LogList } from '../pdata/logs.ts'
import { type Metric, type MetricGroup, pointCountOf } from '../pdata/metrics.ts'
import { encodedResource, encodedScope, type Group } from '../pdata/otlp_groups.ts'
import { encodeGroupMetrics, encodeMetric } from '../pdata/otlp_metrics.ts'
import { ProtoReader } from '../pdata/proto_reader.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import type { SpanList } from '../pdata/traces.ts'
import type { Environment } from './environment.ts'
import type { MessageDraft } from './message_draft.ts'

const reader = new ProtoReader()

/** Stands at the resource and scope of a group. */
export function openGroup(env: Environment, { resource, scope }: Group): void {
  openField(env.resource, encodedResource(resource).own)
  openField(env.scope, encodedScope(scope).own)
}

/** Begins with the message in a field that stands alone. */
export function openField(draft: MessageDraft, own: Buffer): void {
  reader.over(own, 0, own.length)
  if (reader.next()) draft.over(own, reader.from, reader.to)
  else draft.over(own, 0, 0)
}

/** The spans of a list as bytes: those that are none yet are encoded. */
export function itemsOfSpans(spans: SpanList): EncodedItems {
  return spans instanceof EncodedSpanList ? spans.items : encodedSpans(spans)
}

/** As `itemsOfSpans`, for log records. */
export function itemsOfLogs(logs: LogList): EncodedItems {
  return logs instanceof EncodedLogList ? logs.items : encodedLogs(logs)
}

/** As `itemsOfSpans`, for metrics; those without data points are not among them. */
export function itemsOfMetrics(group: MetricGroup): EncodedItems {
  if (group instanceof EncodedMetricGroup) return group.items
  const out = new ProtoWriter()
  encodeGroupMetrics(group, out)
  const count = group.metrics.filter((metric) => pointCountOf(metric) > 0).length
  return EncodedItems.inOnePiece(out.buffer, out.pos, out.buffer.length, count)
}

/** Stands at item `i`. */
export function openItem(
  env: Environment,
  draft: MessageDraft,
  items: EncodedItems,
  i: number,
): void {
  if (env.cache.size > 0) env.cache.clear()
  draft.over(items.bytes, items.start(i), items.end(i))
}

/** Stands at a metric; one that is no bytes yet is encoded. */
export function openMetric(env: Environment, metric: Metric): void {
  if (env.cache.size > 0) env.cache.clear()
  if (metric instanceof EncodedMetric) {
    env.metric.over(metric.bytes, metric.from, metric.to)
    return
  }
  const out = new ProtoWriter(1024)
  encodeMetric(metric, out)
  env.metric.over(out.buffer, out.pos, out.buffer.length)
}
