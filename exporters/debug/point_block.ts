import type {
  Exemplar,
  ExponentialHistogramPoint,
  Metric,
  MetricData,
  MetricGroup,
} from '../../src/pdata/metrics.ts'
import { attributeLines, field, timeText, titledLines } from './block.ts'
import type { Paint } from './paint.ts'
import { type AnyPoint, bucketTexts, type Distribution, isNumber } from './point_text.ts'
import { printable } from './text.ts'

const TEMPORALITY_NAMES = ['unspecified', 'delta', 'cumulative'] as const

/** Every field of data point `i` of a metric, with its resource and scope, as an indented block. */
export function pointBlock(
  { resource, scope }: MetricGroup,
  { name, description, unit, data }: Metric,
  i: number,
  paint: Paint,
): string {
  const point = data.points[i] as AnyPoint
  return [
    paint('server', `Metric ${printable(name)}`),
    field('description', description),
    field('unit', unit),
    field('type', typeText(data)),
    field('start', point.startNs === 0n ? '' : timeText(point.startNs)),
    field('time', timeText(point.timeNs)),
    ...(isNumber(point) ? [field('value', String(point.value))] : distributionLines(point)),
    ...attributeLines('attributes', point.attributes),
    ...point.exemplars.flatMap(exemplarLines),
    ...attributeLines('resource', resource.attributes),
    field('scope', `${scope.name} ${scope.version}`),
  ].join('\n')
}

function typeText(data: MetricData): string {
  const type = data.type.replace('_', ' ')
  if (!('temporality' in data)) return type
  const monotonic = data.type === 'sum' && data.monotonic ? ', monotonic' : ''
  return `${type}, ${TEMPORALITY_NAMES[data.temporality]}${monotonic}`
}

function distributionLines(point: Distribution): string[] {
  const { count, sum } = point
  return [
    field('count', String(count)),
    field('sum', sum === undefined ? '' : String(sum)),
    ...('quantiles' in point ? [] : extremeLines(point)),
    ...('scale' in point ? scaleLines(point) : []),
    'quantiles' in point ? '    quantiles' : '    buckets',
    ...bucketTexts(point).map((text) => `        ${text}`),
  ]
}

function extremeLines({ min, max }: { readonly min?: number; readonly max?: number }): string[] {
  return [
    field('min', min === undefined ? '' : String(min)),
    field('max', max === undefined ? '' : String(max)),
  ]
}

function scaleLines({ scale, zeroCount, zeroThreshold }: ExponentialHistogramPoint): string[] {
  return [
    field('scale', String(scale)),
    field('zero count', String(zeroCount)),
    field('zero threshold', String(zeroThreshold)),
  ]
}

function exemplarLines({ value, timeNs, traceId, spanId, attributes }: Exemplar): string[] {
  const context = traceId ? ` in trace ${traceId} span ${spanId}` : ''
  return titledLines(`exemplar ${value} at ${timeText(timeNs)}${context}`, attributes)
}
