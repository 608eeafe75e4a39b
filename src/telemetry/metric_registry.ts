import { METRIC_LEVELS } from './meter.ts'
import type {
  Distribution,
  MetricAttributes,
  MetricFacts,
  MetricLevel,
  Meters,
  OwnedMeter,
} from './meter.ts'
import { applyViews, type MetricView } from './metric_views.ts'

/** One value of a metric. */
export interface MetricPoint {
  readonly attributes: MetricAttributes
  /** Of a histogram the number of values. */
  readonly value: number
  /** Only of a histogram. */
  readonly distribution?: Distribution
}

/** A metric with at least one value, as it was read. */
export interface CollectedMetric {
  readonly facts: MetricFacts
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly points: readonly MetricPoint[]
}

/** All metrics as they stand, and what kept some of them from being told. */
export interface Collected {
  readonly metrics: readonly CollectedMetric[]
  readonly errors: readonly unknown[]
}

/** What any kind of metric may be told. */
type ObserveAny = (value: number | Distribution, attributes?: MetricAttributes) => void

interface Reader {
  readonly read: (observe: ObserveAny) => void
  readonly attributes: MetricAttributes
}

interface Family {
  readonly facts: MetricFacts
  readonly type: CollectedMetric['type']
  readonly readers: Set<Reader>
}

/** The agent's metrics about itself: who can tell their values. Keeps no values. */
export class MetricRegistry implements Meters {
  readonly level: MetricLevel
  readonly #views: readonly MetricView[]
  readonly #families = new Map<string, Family>()

  constructor(level: MetricLevel, views: readonly MetricView[] = []) {
    this.level = level
    this.#views = views
  }

  /** A meter whose values carry `attributes`. */
  meter(attributes: MetricAttributes = {}): OwnedMeter {
    const ends = new Set<() => void>()
    const register = (
      type: Family['type'],
      facts: MetricFacts,
      read: Reader['read'],
    ): (() => void) => {
      const end = this.#register(type, facts, { read, attributes })
      ends.add(end)
      return () => {
        ends.delete(end)
        end()
      }
    }
    return {
      level: this.level,
      counter: (facts, read) => register('counter', facts, read),
      gauge: (facts, read) => register('gauge', facts, read),
      histogram: (facts, read) => register('histogram', facts, read),
      close: () => {
        for (const end of ends) end()
        ends.clear()
      },
    }
  }

  /** Reads everything, in the order in which the metrics were first registered. */
  collect(): Collected {
    const errors: unknown[] = []
    const metrics = [...this.#families.values()].map(({ facts, type, readers }) => {
      return { facts, type, points: readAll(readers, errors) }
    })
    const told = metrics.filter(({ points }) => points.length > 0)
    return { metrics: applyViews(told, this.#views), errors }
  }

  #register(type: Family['type'], facts: MetricFacts, reader: Reader): () => void {
    const { name, level = 'normal' } = facts
    if (METRIC_LEVELS.indexOf(level) > METRIC_LEVELS.indexOf(this.level)) return () => {}
    const family = this.#families.get(name) ?? { facts, type, readers: new Set() }
    if (family.type !== type || family.facts.unit !== facts.unit) {
      const known = `${family.type} of unit "${family.facts.unit}"`
      throw new Error(`metric ${name} is a ${known} already, not a ${type} of "${facts.unit}"`)
    }
    this.#families.set(name, family)
    family.readers.add(reader)
    return () => void family.readers.delete(reader)
  }
}

/** A reader that throws loses its own values only; a series that is told twice has the later value. */
function readAll(readers: Iterable<Reader>, errors: unknown[]): MetricPoint[] {
  const points = new Map<string, MetricPoint>()
  for (const { read, attributes } of readers) {
    const observe: ObserveAny = (told, more) => {
      const all = more ? { ...attributes, ...more } : attributes
      const value =
        typeof told === 'number' ? { value: told } : { value: told.count, distribution: told }
      points.set(JSON.stringify(all, Object.keys(all).toSorted()), { attributes: all, ...value })
    }
    try {
      read(observe)
    } catch (error) {
      errors.push(error)
    }
  }
  return [...points.values()]
}
