import type { EncodedItems } from '../pdata/encoded_items.ts'
import { EncodedMetric } from '../pdata/encoded_metrics.ts'
import type { Metric } from '../pdata/metrics.ts'
import { encodedResource, encodedScope, type Group } from '../pdata/otlp_groups.ts'
import { encodeMetric } from '../pdata/otlp_metrics.ts'
import { ProtoReader } from '../pdata/proto_reader.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
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
