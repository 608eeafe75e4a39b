import type { Batch } from './batch.ts'
import { EncodedMetric } from './encoded_metrics.ts'
import { listBytes } from './list_size.ts'
import type { Metric, MetricGroup } from './metrics.ts'
import { pointCountOf } from './metrics.ts'
import { encodedResource, encodedScope, type Group } from './otlp_groups.ts'
import { encodeMetric } from './otlp_metrics.ts'
import { ProtoWriter } from './proto_writer.ts'

/** Tags and lengths of a resource's and a scope's group. */
const GROUP_BYTES = 8
/** So many metrics of a group are encoded to estimate the size of all. */
const SAMPLES = 8

/**
 * Bytes of the batch as an OTLP request, before compression: exact for a received batch, otherwise an
 * estimate from a few items of each group, in which what was received counts exactly. 0 for
 * observations, which have no such form. Cheap enough to be asked for every batch.
 */
export function byteSize(batch: Batch): number {
  if (batch.kind === 'observations') return 0
  if (batch.encoded) return batch.encoded.length
  switch (batch.kind) {
    case 'traces':
      return sum(batch.groups, ({ spans }) => listBytes(spans))
    case 'metrics':
      return sum(batch.groups, metricsBytes)
    case 'logs':
      return sum(batch.groups, ({ logs }) => listBytes(logs))
  }
}

function sum<G extends Group>(groups: readonly G[], itemBytes: (group: G) => number): number {
  return groups.reduce((bytes, group, i) => {
    const scope = encodedScope(group.scope)
    const resource = encodedResource(group.resource)
    const shared = groups[i - 1]?.resource === group.resource
    const around = shared ? 0 : resource.own.length + resource.rest.length
    return bytes + GROUP_BYTES + around + scope.own.length + scope.rest.length + itemBytes(group)
  }, 0)
}

const scratch = new ProtoWriter()

function metricsBytes(group: MetricGroup): number {
  if (group.byteLength !== undefined) return group.byteLength
  const { metrics } = group
  const step = Math.max(1, Math.floor(metrics.length / SAMPLES))
  let known = 0
  let bytes = 0
  let sampled = 0
  let points = 0
  metrics.forEach((metric, i) => {
    if (metric instanceof EncodedMetric) return void (known += metric.byteLength + GROUP_BYTES)
    points += pointCountOf(metric)
    if (i % step !== 0) return
    sampled += pointCountOf(metric)
    bytes += encodedBytes(metric)
  })
  return known + (sampled === 0 ? 0 : Math.round((bytes / sampled) * points))
}

function encodedBytes(metric: Metric): number {
  scratch.reset()
  encodeMetric(metric, scratch)
  return scratch.length + GROUP_BYTES
}
