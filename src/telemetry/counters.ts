/** One count of the agent about itself. */
export interface CounterSample {
  /** The component's role and id, `exporter/otlp_grpc`. */
  readonly component: string
  /** The pipeline of a processor; empty for components that pipelines share. */
  readonly pipeline: string
  /** What is counted; see `ComponentCounters`. */
  readonly name: 'in' | 'out' | 'dropped'
  /** Why items were dropped; empty for the other names. */
  readonly reason: string
  readonly items: number
}

/**
 * What one component did with its items. For each component, once nothing is held,
 * `in = out + dropped` summed over the reasons.
 *
 * | role | in | out | dropped |
 * | --- | --- | --- | --- |
 * | receiver | itself: what it saw at its source | itself: what came back accepted | itself: what came back otherwise, and what it gave up before |
 * | processor, connector | graph | graph | itself; graph: `pipeline_failed`, `no_consumer` |
 * | exporter | itself: what it took over | itself: what its destination took | itself: what it gave up after; graph: `not_drained` |
 *
 * A receiver makes its deliveries with `countedDelivery`, which counts what comes back. A batch that
 * an exporter refuses stays its sender's: the exporter does not count it. Nobody counts what the
 * table gives to somebody else.
 */
export class ComponentCounters {
  readonly component: string
  readonly pipeline: string
  #in = 0
  #out = 0
  readonly #dropped = new Map<string, number>()

  /**
   * @param component role and id, `processor/batch`
   * @param pipeline the pipeline's name for a processor, of which each pipeline has its own
   */
  constructor(component: string, pipeline = '') {
    this.component = component
    this.pipeline = pipeline
  }

  /** Counts items that came in. */
  countIn(items: number): void {
    this.#in += items
  }

  /** Counts items that were handed on. */
  countOut(items: number): void {
    this.#out += items
  }

  /**
   * Counts items that were given up.
   * @param reason one of a short fixed list of the component's, in `snake_case`
   */
  drop(reason: string, items: number): void {
    if (items === 0) return
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + items)
  }

  /** Items that came in so far. */
  get in(): number {
    return this.#in
  }

  /** Items that were handed on so far. */
  get out(): number {
    return this.#out
  }

  /** Items given up so far, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped
  }

  /** Items that came in and were neither handed on nor given up: those that are held now. */
  get held(): number {
    let dropped = 0
    for (const items of this.#dropped.values()) dropped += items
    return this.#in - this.#out - dropped
  }

  /** Every count as it stands. */
  samples(): CounterSample[] {
    const { component, pipeline } = this
    const rows: CounterSample[] = [
      { component, pipeline, name: 'in', reason: '', items: this.#in },
      { component, pipeline, name: 'out', reason: '', items: this.#out },
    ]
    for (const [reason, items] of this.#dropped) {
      rows.push({ component, pipeline, name: 'dropped', reason, items })
    }
    return rows
  }
}

/** The counters of all components of one agent. */
export class Counters {
  readonly #components = new Map<string, ComponentCounters>()

  /** The counters of a component, and for a processor of a pipeline; made when first asked for. */
  of(component: string, pipeline = ''): ComponentCounters {
    const key = `${component} ${pipeline}`
    const known = this.#components.get(key)
    if (known) return known
    const counters = new ComponentCounters(component, pipeline)
    this.#components.set(key, counters)
    return counters
  }

  /** All components that count, in the order in which they were made. */
  all(): ComponentCounters[] {
    return [...this.#components.values()]
  }
}
