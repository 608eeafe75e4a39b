import { added } from './histogram.ts'
import type { MetricAttributes } from './meter.ts'
import type { CollectedMetric, MetricPoint } from './metric_registry.ts'

/** Leaves out metrics or attributes: what `service.telemetry.metrics.views` can say. */
export interface MetricView {
  /** `*` is anything, `?` one character; every metric unless given. */
  readonly name?: string
  readonly type?: CollectedMetric['type']
  readonly unit?: string
  /** Leaves the metric out. */
  readonly drop: boolean
  /** Only these attributes are kept. */
  readonly included?: readonly string[]
  /** These are left out. */
  readonly excluded?: readonly string[]
}

/** The metrics as the views leave them; each view in its turn. */
export function applyViews(
  metrics: readonly CollectedMetric[],
  views: readonly MetricView[],
): readonly CollectedMetric[] {
  return views.reduce((left, view) => left.flatMap((metric) => applied(metric, view)), metrics)
}

function applied(metric: CollectedMetric, view: MetricView): CollectedMetric[] {
  if (!isMeant(metric, view)) return [metric]
  if (view.drop) return []
  const { included, excluded = [] } = view
  if (!included && excluded.length === 0) return [metric]
  const keeps = (key: string): boolean =>
    (included?.includes(key) ?? true) && !excluded.includes(key)
  return [{ ...metric, points: merged(metric.points, keeps) }]
}

function isMeant({ facts, type }: CollectedMetric, view: MetricView): boolean {
  if (view.type !== undefined && view.type !== type) return false
  if (view.unit !== undefined && view.unit !== facts.unit) return false
  return view.name === undefined || patternOf(view.name).test(facts.name)
}

/** A pattern with `*` and `?` as a regular expression for the whole text. */
export function patternOf(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

/** Points whose attributes have become the same are added up. */
function merged(points: readonly MetricPoint[], keeps: (key: string) => boolean): MetricPoint[] {
  const sums = new Map<string, MetricPoint>()
  for (const point of points) {
    const kept = Object.entries(point.attributes).filter(([key]) => keeps(key))
    const key = JSON.stringify(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const attributes: MetricAttributes = Object.fromEntries(kept)
    sums.set(key, sum({ ...point, attributes }, sums.get(key)))
  }
  return [...sums.values()]
}

function sum(point: MetricPoint, other: MetricPoint | undefined): MetricPoint {
  if (!other) return point
  const value = point.value + other.value
  const [a, b] = [point.distribution, other.distribution]
  return { ...point, value, ...(a && b && { distribution: added(a, b) }) }
}
