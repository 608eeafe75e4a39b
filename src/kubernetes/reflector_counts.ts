import type { Clock } from '../helpers/clock.ts'
import type { KubernetesObject } from './object.ts'
import type { EndReason } from './watch_error.ts'

/** Why everything is listed: for the first time, because it is time to, or because of how it ended. */
export type ListReason = EndReason | 'initial' | 'resync'

/** What a reflector has done so far. */
export class ReflectorCounts {
  readonly #clock: Clock
  readonly #wallClock: () => number
  readonly #lists = new Map<ListReason, number>()
  readonly #listEnds = new Map<EndReason, number>()
  readonly #watchEnds = new Map<EndReason, number>()
  readonly #events = new Map<string, number>()
  #heardAt: number | undefined
  #lagMs: number | undefined

  /** @param wallClock milliseconds since 1970 */
  constructor(clock: Clock, wallClock: () => number) {
    this.#clock = clock
    this.#wallClock = wallClock
  }

  /** Lists that were begun, by why. */
  get lists(): ReadonlyMap<ListReason, number> {
    return this.#lists
  }

  /** Lists that failed, by why. */
  get listEnds(): ReadonlyMap<EndReason, number> {
    return this.#listEnds
  }

  /** Watches that ended, by why. */
  get watchEnds(): ReadonlyMap<EndReason, number> {
    return this.#watchEnds
  }

  /** Events of watches, by type. */
  get events(): ReadonlyMap<string, number> {
    return this.#events
  }

  /** Milliseconds since something came from the server; undefined before anything did. */
  get silenceMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#clock.now() - this.#heardAt
  }

  /**
   * How long after the last change that was seen it was seen, in milliseconds: the server writes whole
   * seconds, by its own clock. Undefined before the first.
   */
  get lagMs(): number | undefined {
    return this.#lagMs
  }

  /** A list begins. */
  countList(reason: ListReason): void {
    add(this.#lists, reason)
  }

  /** A list or a watch is over. */
  countEnd(operation: 'list' | 'watch', reason: EndReason): void {
    add(operation === 'list' ? this.#listEnds : this.#watchEnds, reason)
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** A watch tells of a change. */
  countEvent(type: string, { metadata }: KubernetesObject): void {
    add(this.#events, type)
    const times = (metadata.managedFields ?? []).map(({ time }) => Date.parse(time ?? ''))
    const newest = Math.max(...times.filter((time) => !Number.isNaN(time)))
    if (newest > 0) this.#lagMs = Math.max(0, this.#wallClock() - newest)
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
