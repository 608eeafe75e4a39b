import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { DeltaStarts } from './delta_starts.ts'
import { metricsOf } from './points.ts'
import type { Recipe } from './recipe.ts'
import { SeriesSet } from './series_set.ts'

/** When a flush is made, and whether it is the last. */
export interface Flush {
  readonly nowMs: number
  readonly timeNs: bigint
  readonly last: boolean
}

/** What was counted of one resource, or of those that count as one. */
export class ResourceCounts {
  /** By what it is told apart. */
  readonly key: string
  readonly resource: Resource
  readonly sets: readonly SeriesSet[]
  /** Undefined where events are not counted. */
  readonly events: SeriesSet | undefined
  /** False once it was removed. */
  alive = true
  /** When spans of it came last, in milliseconds since 1970. */
  usedMs = 0
  /** Whether the log says already that there are too many series. */
  toldOverflow = false

  constructor(key: string, resource: Resource, recipe: Recipe) {
    this.key = key
    this.resource = resource
    this.sets = recipe.layouts.map((layout) => new SeriesSet(layout, recipe))
    this.events = recipe.events && new SeriesSet(recipe.events, recipe)
  }

  get all(): readonly SeriesSet[] {
    return this.events ? [...this.sets, this.events] : this.sets
  }

  /** Number of its series. */
  get size(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0)
  }

  /** Whether all that was counted was handed on. */
  get isTold(): boolean {
    return this.all.every((set) => [...set].every(({ told, calls }) => told === calls))
  }

  /** Data points of what was counted. */
  flush(flush: Flush, recipe: Recipe, scope: Scope, starts: DeltaStarts): MetricGroup {
    const metrics = this.all.flatMap((set) => metricsOf(set, recipe, flush))
    if (recipe.delta) this.#remember(flush.timeNs, starts)
    return { resource: this.resource, scope, metrics }
  }

  #remember(timeNs: bigint, starts: DeltaStarts): void {
    this.all.forEach((set, n) => {
      for (const series of set) starts.set(`${n} ${set.keyOf(series)} ${this.key}`, timeNs)
    })
  }
}
