import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Metric, MetricGroup } from '../../src/pdata/metrics.ts'
import { serviceName } from './fields.ts'
import type { Paint } from './paint.ts'
import { type AnyPoint, pointText } from './point_text.ts'
import { clockText, fitted, padRight, widthOf } from './text.ts'
import { valueText } from './values.ts'

/** A longer name of a service is cut. */
const MAX_SERVICE = 24
/** Name and attributes are never shorter than this, however long the value and narrow the terminal. */
const MIN_SERIES = 40
/** Nor is the value, where there is room for both: the count and sum of a histogram. */
const MIN_VALUE = 28
const GAP = '  '

/** One line for each data point: time, service, metric with its attributes, value and unit. */
export class PointLine {
  readonly #paint: Paint
  #serviceWidth = 8

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** Data point `i` of a metric as a line of at most `columns` characters where that is wide enough. */
  render({ resource }: MetricGroup, metric: Metric, i: number, columns: number): string {
    const point = metric.data.points[i] as AnyPoint
    const clock = clockText(Number(point.timeNs / 1_000_000n))
    const service = this.#service(serviceName(resource))
    const value = `${pointText(point)}${unitText(metric.unit)}`
    const series = seriesText(metric.name, point.attributes)
    const room = columns - widthOf([clock, service, '', ''].join(GAP))
    const beside = Math.max(MIN_VALUE, room - series.length)
    const seriesRoom = Math.max(MIN_SERIES, room - Math.min(beside, value.length))
    const shown = fitted(series, seriesRoom)
    const detail = fitted(value, Math.max(1, room - widthOf(shown)))
    return [this.#paint('faint', clock), service, shown, this.#paint('good', detail)].join(GAP)
  }

  #service(text: string): string {
    const shown = fitted(text, MAX_SERVICE)
    this.#serviceWidth = Math.max(this.#serviceWidth, widthOf(shown))
    return padRight(shown, this.#serviceWidth)
  }
}

function seriesText(name: string, attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${valueText(value)}`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`
}

/** A unit that says something: not the one of bare numbers. */
function unitText(unit: string): string {
  return unit === '' || unit === '1' ? '' : ` ${unit}`
}
