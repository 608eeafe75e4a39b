import { type EncodedMetric, EncodedMetricGroup } from '../../src/pdata/encoded_metrics.ts'
import { itemsIn, metricItems } from '../../src/pdata/item_bytes.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import { SCOPE_GROUP_ITEMS } from '../../src/pdata/otlp_groups.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'

/** The metrics of a group as bytes. */
export function encodedMetrics(group: MetricGroup): readonly EncodedMetric[] {
  return new EncodedMetricGroup(group.resource, group.scope, metricItems(group)).metrics
}

/** A group of metrics in which each stands once, with the data points of all that are the same. */
export function joinedGroup(
  resource: Resource,
  scope: Scope,
  metrics: readonly EncodedMetric[],
): MetricGroup {
  const joined = [...Map.groupBy(metrics, identityOf).values()].map((same) => {
    const [first, ...others] = same as [EncodedMetric, ...EncodedMetric[]]
    return first.join(others)
  })
  const out = new ProtoWriter()
  for (const metric of joined.toReversed()) {
    const mark = out.mark()
    metric.encode(out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
  return new EncodedMetricGroup(resource, scope, itemsIn(out, joined.length))
}

function identityOf({ name, description, unit, type, aggregation }: EncodedMetric): string {
  return JSON.stringify([name, description, unit, type, aggregation])
}
