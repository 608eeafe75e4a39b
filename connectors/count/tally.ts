import { compileCondition, type Environment, type Faults, Judge } from '../../src/ottl/index.ts'
import type { MessageDraft } from '../../src/ottl/message_draft.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import { type Metric, type NumberPoint, TEMPORALITY } from '../../src/pdata/metrics.ts'
import type { MetricConfig } from './config.ts'
import { type Counted, DEFAULTS } from './counted.ts'
import { attributeOf, keyOf } from './values.ts'

/** A metric that counts, ready to be asked. */
export interface Recipe {
  readonly name: string
  readonly description: string
  /** Undefined where everything is counted. */
  readonly judge: Judge | undefined
  readonly attributes: NonNullable<MetricConfig['attributes']>
}

/** The recipes of a section. */
export function recipesOf(
  counted: Counted,
  given: Readonly<Record<string, MetricConfig>>,
  faults: Faults,
): Recipe[] {
  const { context, name, description } = DEFAULTS[counted]
  const metrics = Object.entries(given)
  if (metrics.length === 0) return [{ name, description, judge: undefined, attributes: [] }]
  return metrics.map(([own, { description: text, conditions, attributes = [] }]) => {
    const compiled = conditions.map((condition) => compileCondition(context, condition))
    const judge = compiled.length > 0 ? new Judge(compiled, 'propagate', faults) : undefined
    return { name: own, description: text, judge, attributes }
  })
}

interface Count {
  readonly attributes: Attributes
  items: number
}

/** What was counted of one kind of item of one resource in a batch. */
export class Tally {
  readonly #recipes: readonly Recipe[]
  readonly #counts: readonly Map<string, Count>[]
  #startNs = 0n
  #endNs = 0n

  constructor(recipes: readonly Recipe[]) {
    this.#recipes = recipes
    this.#counts = recipes.map(() => new Map<string, Count>())
  }

  /** An item was met at this time; 0n where it says none. */
  at(timeNs: bigint): void {
    if (timeNs === 0n) return
    if (this.#startNs === 0n || timeNs < this.#startNs) this.#startNs = timeNs
    if (timeNs > this.#endNs) this.#endNs = timeNs
  }

  /**
   * Counts the item that the environment stands at. Throws OttlError.
   * @param item the draft of its attributes; undefined where it has none
   */
  add(env: Environment, item: MessageDraft | undefined): void {
    for (const [i, recipe] of this.#recipes.entries()) {
      if (recipe.judge && !recipe.judge.holds(env)) continue
      const counts = this.#counts[i] as Map<string, Count>
      if (recipe.attributes.length === 0) count(counts, '', {})
      else countApart(counts, recipe, env, item)
    }
  }

  /** What was counted, as deltas; `nowNs` is the time where no item had one. */
  metrics(nowNs: () => bigint): Metric[] {
    return this.#recipes.flatMap(({ name, description }, i) => {
      const counts = this.#counts[i] as Map<string, Count>
      if (counts.size === 0) return []
      const [startNs, timeNs] =
        this.#startNs === 0n ? [nowNs(), nowNs()] : [this.#startNs, this.#endNs]
      const points = [...counts.values()].map(({ attributes, items }): NumberPoint => ({
        attributes,
        value: items,
        startNs,
        timeNs,
        exemplars: [],
      }))
      const { delta: temporality } = TEMPORALITY
      const data = { type: 'sum' as const, points, temporality, monotonic: true }
      return [{ name, description, unit: '', data }]
    })
  }
}

function countApart(
  counts: Map<string, Count>,
  { attributes }: Recipe,
  env: Environment,
  item: MessageDraft | undefined,
): void {
  const found: Record<string, AttributeValue> = {}
  let series = ''
  for (const { key, default_value } of attributes) {
    const value =
      item?.attributes.get(key) ?? env.scope.attributes.get(key) ?? env.resource.attributes.get(key)
    const own = value === undefined || value === null ? default_value : attributeOf(value)
    if (own === undefined) return
    found[key] = own
    series += keyOf(own)
  }
  count(counts, series, found)
}

function count(counts: Map<string, Count>, series: string, attributes: Attributes): void {
  const known = counts.get(series)
  if (known) known.items++
  else counts.set(series, { attributes, items: 1 })
}
