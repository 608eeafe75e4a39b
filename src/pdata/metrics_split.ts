import { pointCountOf, type Metric, type MetricData, type MetricGroup, Metrics } from './metrics.ts'

/** What is cut off a batch goes on in the second of two. */
interface Halves<T> {
  readonly first: T[]
  readonly second: T[]
}

/**
 * Two batches of the same delivery: one of the first `items` data points, and one of the others. A
 * metric that is cut stands in both.
 */
export function splitMetrics(batch: Metrics, items: number): readonly [Metrics, Metrics] {
  const halves: Halves<MetricGroup> = { first: [], second: [] }
  let room = items
  for (const group of batch.groups) room = splitGroup(group, room, halves)
  return [new Metrics(halves.first, batch.delivery), new Metrics(halves.second, batch.delivery)]
}

/** Returns how much room is left in the first half. */
function splitGroup(group: MetricGroup, room: number, into: Halves<MetricGroup>): number {
  const metrics: Halves<Metric> = { first: [], second: [] }
  let left = room
  for (const metric of group.metrics) left = splitMetric(metric, left, metrics)
  const { first, second } = metrics
  const { resource, scope } = group
  if (first.length > 0) into.first.push({ resource, scope, metrics: first })
  if (second.length > 0) into.second.push({ resource, scope, metrics: second })
  return left
}

function splitMetric(metric: Metric, room: number, into: Halves<Metric>): number {
  const length = pointCountOf(metric)
  if (length <= room) into.first.push(metric)
  else if (room === 0) into.second.push(metric)
  else {
    into.first.push(part(metric, 0, room))
    into.second.push(part(metric, room, length))
  }
  return Math.max(0, room - length)
}

function part(metric: Metric, from: number, to: number): Metric {
  if (metric.slice) return metric.slice(from, to)
  const { data } = metric
  // The points keep the type that `data` says they have.
  return { ...metric, data: { ...data, points: data.points.slice(from, to) } as MetricData }
}
