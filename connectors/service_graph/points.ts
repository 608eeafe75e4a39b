import {
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  TEMPORALITY,
} from '../../src/pdata/metrics.ts'
import type { EdgeSeries } from './edge_series.ts'

const PREFIX = 'traces_service_graph_request'
const temporality = TEMPORALITY.cumulative

/**
 * The metrics of edges, a data point each.
 * @param offsetNs how much earlier they say that they are
 */
export function metricsOf(
  all: readonly EdgeSeries[],
  timeNs: bigint,
  offsetNs: bigint,
  exponential: boolean,
): Metric[] {
  if (all.length === 0) return []
  const when = (series: EdgeSeries) => ({
    attributes: series.attributes,
    startNs: series.startNs - offsetNs,
    timeNs: timeNs - offsetNs,
  })
  const failed = all.filter((series) => series.failed > 0)
  const counted = all.filter((series) => series.requests > 0)
  const metrics = [
    sum(
      `${PREFIX}_total`,
      all.map((series) => ({ ...when(series), value: series.requests, exemplars: [] })),
    ),
    sum(
      `${PREFIX}_failed_total`,
      failed.map((series) => ({ ...when(series), value: series.failed, exemplars: [] })),
    ),
    ...(['server', 'client'] as const).map((end) =>
      histogram(
        `${PREFIX}_${end}`,
        counted.map((series) => ({
          ...when(series),
          exemplars: series[end].exemplars.take(),
          ...series[end].histogram.values(),
        })),
        exponential,
      ),
    ),
  ]
  for (const series of all) series.told = series.requests
  return metrics.filter(({ data }) => data.points.length > 0)
}

function sum(name: string, points: readonly NumberPoint[]): Metric {
  const data = { type: 'sum', points, temporality, monotonic: true } as const
  return { name, description: '', unit: '', data }
}

function histogram(
  name: string,
  points: readonly (HistogramPoint | ExponentialHistogramPoint)[],
  exponential: boolean,
): Metric {
  // All histograms of one configuration are of one type.
  const data = exponential
    ? ({
        type: 'exponential_histogram',
        points: points as ExponentialHistogramPoint[],
        temporality,
      } as const)
    : ({ type: 'histogram', points: points as HistogramPoint[], temporality } as const)
  return { name, description: '', unit: 's', data }
}
