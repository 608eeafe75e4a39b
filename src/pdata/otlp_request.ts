import type { Batch } from './batch.ts'
import type { Delivery } from './delivery.ts'
import { type EncodedGroup, readGroups } from './encoded_groups.ts'
import type { EncodedItems } from './encoded_items.ts'
import { EncodedLogList } from './encoded_logs.ts'
import { EncodedMetric, EncodedMetricGroup } from './encoded_metrics.ts'
import { EncodedSpanList } from './encoded_spans.ts'
import { type LogGroup, Logs } from './logs.ts'
import { MalformedOtlp } from './malformed_otlp.ts'
import { type MetricGroup, Metrics } from './metrics.ts'
import { checkMessage } from './otlp_check.ts'
import { ITEM, REQUEST } from './otlp_schema.ts'
import { countItems } from './outline.ts'
import { type SpanGroup, Traces } from './traces.ts'

export { requestFromJson } from './otlp_from_json.ts'

/** The kinds of data that OTLP carries. */
export type Signal = 'traces' | 'metrics' | 'logs'

/**
 * A batch over the body of a request, an `Export…ServiceRequest` in protobuf. Its outer structure is
 * checked and its items are counted; nothing is decoded or copied, so nobody may write to `body`
 * afterwards. Fields inside of items are read when somebody asks for them, and a field that cannot be
 * read is as one that is not there. `checkItems` looks at all of them.
 *
 * Throws MalformedOtlp.
 */
export function readRequest(signal: 'traces', body: Buffer, delivery: Delivery): Traces
export function readRequest(signal: 'metrics', body: Buffer, delivery: Delivery): Metrics
export function readRequest(signal: 'logs', body: Buffer, delivery: Delivery): Logs
export function readRequest(
  signal: Signal,
  body: Buffer,
  delivery: Delivery,
): Traces | Metrics | Logs
export function readRequest(
  signal: Signal,
  body: Buffer,
  delivery: Delivery,
): Traces | Metrics | Logs {
  const received = { encoded: body, itemCount: countItems(signal, body) }
  switch (signal) {
    case 'traces':
      return new Traces({ ...received, groups: () => readGroups(body).map(spanGroup) }, delivery)
    case 'metrics':
      return new Metrics({ ...received, groups: () => readGroups(body).map(metricGroup) }, delivery)
    case 'logs':
      return new Logs({ ...received, groups: () => readGroups(body).map(logGroup) }, delivery)
  }
}

function spanGroup({ resource, scope, items }: EncodedGroup): SpanGroup {
  return { resource, scope, spans: new EncodedSpanList(items) }
}

function metricGroup({ resource, scope, items }: EncodedGroup): MetricGroup {
  return new EncodedMetricGroup(resource, scope, items)
}

function logGroup({ resource, scope, items }: EncodedGroup): LogGroup {
  return { resource, scope, logs: new EncodedLogList(items) }
}

/**
 * What is wrong inside of a batch's items, whose bytes nobody has looked at yet; undefined when
 * nothing is, and for a batch that was not received. Costs about half a microsecond an item. Ask
 * before the bytes of several senders become one request: a backend that cannot read an item refuses
 * the whole request, so one sender's fault would lose the data of all.
 */
export function checkItems(batch: Batch): MalformedOtlp | undefined {
  try {
    checkBatch(batch)
  } catch (error) {
    if (error instanceof MalformedOtlp) return error
    throw error
  }
  return undefined
}

function checkBatch(batch: Batch): void {
  if (batch.kind === 'observations') return
  const { kind, encoded } = batch
  if (encoded) return checkMessage(REQUEST[kind], encoded, 0, encoded.length)
  switch (kind) {
    case 'traces':
      for (const { spans } of batch.groups) if (spans instanceof EncodedSpanList) check(kind, spans)
      return
    case 'metrics':
      for (const group of batch.groups) checkMetrics(group)
      return
    case 'logs':
      for (const { logs } of batch.groups) if (logs instanceof EncodedLogList) check(kind, logs)
  }
}

/** Items that are bytes still, after others of their batch were left out or its resource changed. */
function check(signal: Signal, { items }: { readonly items: EncodedItems }): void {
  for (let i = 0; i < items.length; i++) {
    checkMessage(ITEM[signal], items.bytes, items.start(i), items.end(i))
  }
}

function checkMetrics(group: MetricGroup): void {
  if (group instanceof EncodedMetricGroup) return check('metrics', group)
  for (const metric of group.metrics) {
    if (!(metric instanceof EncodedMetric)) continue
    checkMessage(ITEM.metrics, metric.bytes, metric.from, metric.to)
  }
}
