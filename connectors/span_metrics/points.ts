import type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
} from '../../src/pdata/metrics.ts'
import type { Recipe } from './recipe.ts'
import type { Flush } from './resource_counts.ts'
import type { Series } from './series.ts'
import type { SeriesSet } from './series_set.ts'

const NONE: readonly Exemplar[] = []

/** The metrics of a set of series, a data point each. */
export function metricsOf(set: SeriesSet, recipe: Recipe, flush: Flush): Metric[] {
  if (set.size === 0) return []
  const { measures } = set.layout
  const exemplars = new Map<Series, readonly Exemplar[]>()
  for (const series of set) {
    if (series.touched) series.usedMs = flush.nowMs
    series.touched = false
    series.told = shownOf(series, set, recipe, flush)
    if (recipe.config.exemplars.enabled) exemplars.set(series, series.exemplars.take())
  }
  const examplesOf = (series: Series): readonly Exemplar[] => exemplars.get(series) ?? NONE
  const metrics: Metric[] = []
  if (measures.includes('calls')) metrics.push(sumOf('calls', set, recipe, flush, examplesOf))
  if (measures.includes('duration')) metrics.push(histogramOf(set, recipe, flush, examplesOf))
  if (measures.includes('events')) metrics.push(sumOf('events', set, recipe, flush, examplesOf))
  return metrics
}

/** What is told of a sum. A backend that knows no start would not see the first increase: it begins with 0. */
function shownOf(
  series: Series,
  { layout }: SeriesSet,
  { delta }: Recipe,
  { last }: Flush,
): number {
  const isSum = layout.measures[0] !== 'duration'
  return delta || last || !isSum || series.told >= 0 ? series.calls : 0
}

function nameOf(what: string, { config: { namespace } }: Recipe): string {
  return namespace === '' ? what : `${namespace}.${what}`
}

function sumOf(
  name: string,
  set: SeriesSet,
  recipe: Recipe,
  { timeNs }: Flush,
  examplesOf: (series: Series) => readonly Exemplar[],
): Metric {
  const { temporality } = recipe
  const points: NumberPoint[] = []
  for (const series of set) {
    const { attributes, startNs, told } = series
    points.push({ attributes, startNs, timeNs, value: told, exemplars: examplesOf(series) })
  }
  const data = { type: 'sum', points, temporality, monotonic: true } as const
  return { name: nameOf(name, recipe), description: '', unit: '', data }
}

function histogramOf(
  set: SeriesSet,
  recipe: Recipe,
  { timeNs }: Flush,
  examplesOf: (series: Series) => readonly Exemplar[],
): Metric {
  const { temporality, config } = recipe
  const points: (HistogramPoint | ExponentialHistogramPoint)[] = []
  for (const series of set) {
    const { attributes, startNs, histogram } = series
    if (histogram === undefined || histogram.count === 0) continue
    points.push({
      attributes,
      startNs,
      timeNs,
      exemplars: examplesOf(series),
      ...histogram.values(),
    })
  }
  const data = config.histogram.exponential
    ? ({
        type: 'exponential_histogram',
        points: points as ExponentialHistogramPoint[],
        temporality,
      } as const)
    : ({ type: 'histogram', points: points as HistogramPoint[], temporality } as const)
  return { name: nameOf('duration', recipe), description: '', unit: config.histogram.unit, data }
}
