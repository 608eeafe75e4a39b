import type { Kind } from '../pdata/batch.ts'

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
 * | role | in | out | dropped | refused |
 * | --- | --- | --- | --- | --- |
 * | receiver | itself: what it saw at its source | itself: what came back accepted | itself: what came back otherwise, and what it gave up before | of those, what came back |
 * | processor, connector | graph | graph | itself; graph: `pipeline_failed`, `no_consumer` | |
 * | aggregating component | graph | itself: what it has counted; what it makes of it is `made`, by the graph | itself; graph: `pipeline_failed` | `madeDelivery`: of what it made, what was not taken |
 * | exporter | itself: what it took over | itself: what its destination took | itself: what it gave up after; graph: `not_drained` | graph: what it did not take |
 *
 * A receiver makes its deliveries with `countedDelivery`, which counts what comes back. A batch that
 * an exporter refuses stays its sender's: it is none of the exporter's `in`. Nobody counts what the
 * table gives to somebody else.
 */
export class ComponentCounters {
  readonly component: string
  readonly pipeline: string
  /** What the items are, where all are of one kind. */
  readonly kind: Kind | undefined
  readonly #also: readonly ComponentCounters[]
  readonly #parts = new Map<Kind, ComponentCounters>()
  #in = 0
  #out = 0
  #made: number | undefined
  readonly #dropped = new Map<string, number>()
  readonly #refused = new Map<string, number>()

  /**
   * @param component role and id, `processor/batch`
   * @param pipeline the pipeline's name for a processor, of which each pipeline has its own
   * @param kind what the items are, where all are of one kind
   * @param also count everything too
   */
  constructor(
    component: string,
    pipeline = '',
    kind?: Kind,
    also: readonly ComponentCounters[] = [],
  ) {
    this.component = component
    this.pipeline = pipeline
    this.kind = kind
    this.#also = also
  }

  /** The counters of the items of one kind, for a component that has several; the whole counts them too. */
  of(kind: Kind): ComponentCounters {
    if (kind === this.kind) return this
    const known = this.#parts.get(kind)
    if (known) return known
    const also = [this, ...this.#also.flatMap((other) => [other, other.of(kind)])]
    const part = new ComponentCounters(this.component, this.pipeline, kind, also)
    this.#parts.set(kind, part)
    return part
  }

  /**
   * The counters of one instance of the component: after a reload two may work side by side for a
   * while, and each has to know what it holds itself. These count everything too.
   */
  instance(): ComponentCounters {
    return new ComponentCounters(this.component, this.pipeline, this.kind, [this])
  }

  /** The counters of each kind that was asked for. */
  get parts(): readonly ComponentCounters[] {
    return [...this.#parts.values()]
  }

  /** Counts items that came in. */
  countIn(items: number): void {
    this.#in += items
    for (const other of this.#also) other.#in += items
  }

  /** Counts items that were handed on. */
  countOut(items: number): void {
    this.#out += items
    for (const other of this.#also) other.#out += items
  }

  /** Counts items that an aggregating component made out of others. */
  countMade(items: number): void {
    for (const one of [this, ...this.#also]) one.#made = (one.#made ?? 0) + items
  }

  /**
   * Counts items that were given up.
   * @param reason one of a short fixed list of the component's, in `snake_case`
   */
  drop(reason: string, items: number): void {
    if (items === 0) return
    for (const one of [this, ...this.#also]) add(one.#dropped, reason, items)
  }

  /**
   * Counts items that the next stage did not take, at a receiver beside `drop`, or that this
   * exporter did not.
   */
  refuse(reason: string, items: number): void {
    if (items === 0) return
    for (const one of [this, ...this.#also]) add(one.#refused, reason, items)
  }

  /** Items that came in so far. */
  get in(): number {
    return this.#in
  }

  /** Items that were handed on so far. */
  get out(): number {
    return this.#out
  }

  /** Items made out of others so far; undefined for a component that makes none. */
  get made(): number | undefined {
    return this.#made
  }

  /** Items given up so far, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped
  }

  /** Items refused so far, by reason. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused
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

function add(counts: Map<string, number>, reason: string, items: number): void {
  counts.set(reason, (counts.get(reason) ?? 0) + items)
}

/** The counters of all components of one agent. */
export class Counters {
  readonly #components = new Map<string, ComponentCounters>()

  /**
   * The counters of a component, and for a processor of a pipeline; made when first asked for.
   * @param kind what its items are, where all are of one kind
   */
  of(component: string, pipeline = '', kind?: Kind): ComponentCounters {
    const key = `${component} ${pipeline}`
    const known = this.#components.get(key)
    if (known) return known
    const counters = new ComponentCounters(component, pipeline, kind)
    this.#components.set(key, counters)
    return counters
  }

  /** All components that count, in the order in which they were made. */
  all(): ComponentCounters[] {
    return [...this.#components.values()]
  }
}
