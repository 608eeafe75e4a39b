import {
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type MetricData,
  TEMPORALITY,
  type Temporality,
} from '../../src/pdata/metrics.ts'
import { INSTRUMENTS, type Instrument, MEASURES } from './instruments.ts'
import type { Series } from './series.ts'

type Points = (HistogramPoint | ExponentialHistogramPoint)[]

/** The metrics of series, a data point each; of deltas only those with something new. */
export function metricsOf(
  all: Iterable<Series>,
  temporality: Temporality,
  timeNs: bigint,
): Metric[] {
  const points = new Map<Instrument, Points>()
  for (const series of all) {
    if (series.touched || temporality === TEMPORALITY.cumulative) {
      collect(series, temporality, timeNs, points)
    }
    series.touched = false
  }
  return [...points].map(([instrument, made]) => ({
    ...instrument,
    data: dataOf(made, temporality),
  }))
}

function collect(
  series: Series,
  temporality: Temporality,
  timeNs: bigint,
  into: Map<Instrument, Points>,
): void {
  const instruments = INSTRUMENTS[series.values.client ? 'client' : 'server']
  for (const measure of MEASURES) {
    const tally = series[measure]
    if (tally === undefined || tally.histogram.count === 0) continue
    const instrument = instruments[measure]
    const points = into.get(instrument) ?? []
    into.set(instrument, points)
    points.push({
      attributes: series.attributes,
      startNs: series.startNs,
      timeNs,
      exemplars: tally.exemplars.take(),
      ...tally.histogram.values(),
    })
    if (temporality === TEMPORALITY.delta) tally.histogram.reset()
  }
  if (temporality === TEMPORALITY.delta) series.startNs = timeNs
}

/** All histograms of one configuration are of one type. */
function dataOf(points: Points, temporality: Temporality): MetricData {
  return 'scale' in (points[0] as object)
    ? { type: 'exponential_histogram', points: points as ExponentialHistogramPoint[], temporality }
    : { type: 'histogram', points: points as HistogramPoint[], temporality }
}
