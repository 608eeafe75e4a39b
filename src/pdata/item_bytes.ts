import { EncodedItems } from './encoded_items.ts'
import { EncodedLogList } from './encoded_logs.ts'
import { EncodedMetricGroup } from './encoded_metrics.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import type { LogList } from './logs.ts'
import type { MetricGroup } from './metrics.ts'
import { encodeRecords } from './otlp_logs.ts'
import { encodeGroupMetrics } from './otlp_metrics.ts'
import { encodeSpans } from './otlp_traces.ts'
import { ProtoReader } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'

/*
 * Items as bytes, for those who change them there: received ones are bytes already, others are
 * encoded.
 */

/** The spans of a list as bytes. */
export function spanItems(spans: SpanList): EncodedItems {
  if (spans instanceof EncodedSpanList) return spans.items
  const out = new ProtoWriter()
  encodeSpans(spans, out)
  return itemsIn(out, spans.length)
}

/** The log records of a list as bytes. */
export function logItems(logs: LogList): EncodedItems {
  if (logs instanceof EncodedLogList) return logs.items
  const out = new ProtoWriter()
  encodeRecords(logs, out)
  return itemsIn(out, logs.length)
}

/** The metrics of a group as bytes; those without data points, which say nothing, are left out. */
export function metricItems(group: MetricGroup): EncodedItems {
  if (group instanceof EncodedMetricGroup) return group.items
  const out = new ProtoWriter()
  encodeGroupMetrics(group, out)
  const reader = new ProtoReader().over(out.buffer, out.pos, out.buffer.length)
  let count = 0
  while (reader.next()) count++
  return itemsIn(out, count)
}

/** The items that were written with their tags, and nothing else. The writer may not be used again. */
export function itemsIn(out: ProtoWriter, length: number): EncodedItems {
  return EncodedItems.inOnePiece(out.buffer, out.pos, out.buffer.length, length)
}
