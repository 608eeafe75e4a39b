import { type Environment, type ErrorMode, type Faults, Judge } from '../../src/ottl/index.ts'
import type { RequestMetadata } from '../../src/pdata/delivery.ts'
import { PipelineSets } from './pipeline_sets.ts'
import type { Route } from './routes.ts'

/** How deep in a batch the things that routes look at lie. */
export const DEPTH = {
  request: 0,
  resource: 1,
  scope: 1,
  span: 2,
  log: 2,
  metric: 2,
  spanevent: 3,
  datapoint: 3,
} as const

/** How far something has come through the routes. */
export interface Progress {
  /** Where it goes so far: a set of `Decision.sets`. */
  readonly set: number
  /** The route to be asked next, where what lies in it has to be looked at; -1 where all is said. */
  readonly next: number
}

/** What decisions are made with. */
export interface DecisionOptions {
  readonly env: Environment
  readonly mode: ErrorMode
  readonly faults: Faults
  /** The depth of the innermost things, which are looked at once each. */
  readonly itemDepth: number
}

/** What a route said. */
const UNKNOWN = 0
const HOLDS = 1
const HOLDS_NOT = 2

/**
 * Where things go. Routes are asked in their order until one moves the thing away. What a route says of
 * an outer thing, such as a resource, is said for all that lies in it and asked once.
 */
export class Decision {
  readonly sets = new PipelineSets()
  readonly #routes: readonly Route[]
  readonly #defaults: readonly string[]
  readonly #judges: readonly (Judge | undefined)[]
  readonly #depths: readonly number[]
  readonly #env: Environment
  readonly #said: Uint8Array
  readonly #itemDepth: number
  #metadata: RequestMetadata | undefined

  constructor(
    routes: readonly Route[],
    defaults: readonly string[],
    { env, mode, faults, itemDepth }: DecisionOptions,
  ) {
    this.#routes = routes
    this.#defaults = defaults
    this.#env = env
    this.#itemDepth = itemDepth
    this.#depths = routes.map(({ test }) => DEPTH[test.on])
    this.#judges = routes.map(({ test }) =>
      test.on === 'request' ? undefined : new Judge([test.condition], mode, faults),
    )
    this.#said = new Uint8Array(routes.length)
  }

  /** Where a batch goes by what its request says. */
  ofBatch(metadata: RequestMetadata | undefined): Progress {
    this.#metadata = metadata
    return this.of({ set: 0, next: 0 }, DEPTH.request)
  }

  /**
   * Where something at this depth goes: the environment stands at it, and no longer at another one.
   * Throws OttlError.
   * @param outer how far what it lies in has come
   */
  of(outer: Progress, depth: number): Progress {
    for (let i = 0; i < this.#routes.length; i++) {
      if (this.#depths[i] === depth) this.#said[i] = UNKNOWN
    }
    return outer.next < 0 ? outer : this.#advance(outer.set, outer.next, depth)
  }

  /** Where one of the innermost things goes, at which the environment stands. Throws OttlError. */
  ofItem({ set, next }: Progress): number {
    if (next < 0) return set
    let sum = set
    for (let i = next; i < this.#routes.length; i++) {
      if (!this.#holds(i)) continue
      const { pipelines, isCopy } = this.#routes[i] as Route
      sum = this.sets.with(sum, pipelines)
      if (!isCopy) return sum
    }
    return this.sets.with(sum, this.#defaults)
  }

  /** Where something goes that has nothing in it, as far as routes at its own depth say. Throws OttlError. */
  ofEmpty(outer: Progress, depth: number): number {
    let progress = this.of(outer, depth)
    while (progress.next >= 0) progress = this.#advance(progress.set, progress.next + 1, depth)
    return progress.set
  }

  #advance(from: number, first: number, depth: number): Progress {
    let set = from
    for (let i = first; i < this.#routes.length; i++) {
      if ((this.#depths[i] as number) > depth) return { set, next: i }
      if (!this.#holds(i)) continue
      const { pipelines, isCopy } = this.#routes[i] as Route
      set = this.sets.with(set, pipelines)
      if (!isCopy) return { set, next: -1 }
    }
    return { set: this.sets.with(set, this.#defaults), next: -1 }
  }

  #holds(i: number): boolean {
    if (this.#depths[i] === this.#itemDepth) return this.#ask(i)
    if (this.#said[i] === UNKNOWN) this.#said[i] = this.#ask(i) ? HOLDS : HOLDS_NOT
    return this.#said[i] === HOLDS
  }

  #ask(i: number): boolean {
    const { test } = this.#routes[i] as Route
    if (test.on === 'request') return test.holds(this.#metadata)
    return this.#judges[i]?.holds(this.#env) === true
  }
}
