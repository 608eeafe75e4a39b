import { z } from 'zod'
import type { Attributes } from '../pdata/attributes.ts'
import {
  type Metric,
  type MetricData,
  type MetricGroup,
  type NumberPoint,
  TEMPORALITY,
} from '../pdata/metrics.ts'
import type { Resource, Scope } from '../pdata/resource.ts'

/** A metric that a scraper can make. */
export interface ScrapedMetric {
  /** `counter` only grows, `updown` can be added up over its attributes, `gauge` cannot. */
  readonly type: 'counter' | 'updown' | 'gauge'
  /** UCUM. */
  readonly unit: string
  readonly description: string
  /** Values are doubles, also where they happen to be whole. */
  readonly double?: true
  /** Made only where it is switched on. */
  readonly optional?: true
}

/** The metrics of a scraper by their names. */
export type MetricTable<N extends string> = Readonly<Record<N, ScrapedMetric>>

/** Which metrics of a table are switched on or off. */
export type MetricSwitches = Readonly<Record<string, { readonly enabled: boolean }>>

type Switch = z.ZodPrefault<z.ZodObject<{ enabled: z.ZodDefault<z.ZodBoolean> }>>

function switchOf(on: boolean): Switch {
  const enabled = z.boolean().default(on).describe('Whether it is made.')
  return z.strictObject({ enabled }).prefault({})
}

/** There are many metrics and two sorts of switches; making schemas is most of what it costs to load them. */
const [ON, OFF] = [switchOf(true), switchOf(false)]

/** `metrics: { NAME: { enabled } }`, as the Collector's scrapers have it. */
export function metricSwitches<N extends string>(
  table: MetricTable<N>,
): z.ZodPrefault<z.ZodObject<Record<N, Switch>>> {
  const entries = Object.entries<ScrapedMetric>(table).map(([name, { optional, description }]) => {
    return [name, (optional ? OFF : ON).describe(description)] as const
  })
  return z
    .strictObject(Object.fromEntries(entries) as Record<N, Switch>)
    .prefault({} as never)
    .describe('Switches metrics on and off.')
}

/** The names that are switched on. */
export function enabledOf<N extends string>(
  table: MetricTable<N>,
  switches: MetricSwitches = {},
): ReadonlySet<N> {
  const names = Object.keys(table) as N[]
  return new Set(names.filter((name) => switches[name]?.enabled ?? !table[name].optional))
}

/** Nanoseconds since 1970. */
export interface PointTimes {
  /** Since when counters count. */
  readonly startNs: bigint
  readonly timeNs: bigint
}

const NO_ATTRIBUTES: Attributes = {}

/** Collects the data points of one resource, of the metrics that are switched on. */
export class MetricBuilder<N extends string> {
  readonly #table: MetricTable<N>
  readonly #enabled: ReadonlySet<N>
  readonly #times: PointTimes
  readonly #points = new Map<N, NumberPoint[]>()

  constructor(table: MetricTable<N>, enabled: ReadonlySet<N>, times: PointTimes) {
    this.#table = table
    this.#enabled = enabled
    this.#times = times
  }

  /** Adds a data point; a value that is not known is left out. */
  add(name: N, value: number | undefined, attributes: Attributes = NO_ATTRIBUTES): void {
    if (value === undefined || !Number.isFinite(value) || !this.#enabled.has(name)) return
    const { type, double } = this.#table[name]
    const { startNs, timeNs } = this.#times
    const point = {
      attributes,
      startNs: type === 'gauge' ? 0n : startNs,
      timeNs,
      exemplars: [],
      value,
      ...(double && { isDouble: true }),
    }
    const points = this.#points.get(name)
    if (points) points.push(point)
    else this.#points.set(name, [point])
  }

  /** The metrics that have data points, in the order in which they came. */
  metrics(): Metric[] {
    return [...this.#points].map(([name, points]) => {
      const { unit, description, type } = this.#table[name]
      return { name, unit, description, data: dataOf(type, points) }
    })
  }

  /** All of them as a group. */
  group(resource: Resource, scope: Scope): MetricGroup {
    return { resource, scope, metrics: this.metrics() }
  }
}

function dataOf(type: ScrapedMetric['type'], points: readonly NumberPoint[]): MetricData {
  if (type === 'gauge') return { type, points }
  const temporality = TEMPORALITY.cumulative
  return { type: 'sum', points, temporality, monotonic: type === 'counter' }
}
