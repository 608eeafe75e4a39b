import type { Attributes } from '../../src/pdata/attributes.ts'
import type { NetworkObservations } from '../../src/pdata/network_observations.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import type { Grouping } from './instruments.ts'
import type { Layout } from './layout.ts'
import { Names } from './names.ts'
import type { Owner } from './owners.ts'
import { SeriesAttributes } from './series_attributes.ts'
import { KEY, KEY_WORDS, type KeyFacts, SeriesKey, SORT, sortOf } from './series_key.ts'
import { SeriesTable, type Shown } from './series_table.ts'
import type { Side } from './sides.ts'
import { largest } from './largest.ts'

/** In the column `touched`: what was new is with the rest already. */
const FOLDED = 2

/** How reports are summed up in one table. */
export interface RollupOptions {
  readonly grouping: Grouping
  readonly layout: Layout
  /** Whether series are told apart by the reports' reason, too. */
  readonly byReason: boolean
  readonly fold: boolean
  /** Flows that are told apart at a flush. */
  readonly topK: number
  /** Series at most, those of the rest among them. */
  readonly limit: number
  readonly cumulative: boolean
  /** Upper bounds of histograms, in microseconds. */
  readonly bounds: readonly number[]
  /** Owns what is too much. */
  readonly everybody: Resource
}

/** A series as it is handed on; it is another one at the next. */
export interface Row {
  readonly resource: Resource
  /** Its values stand here from `from` on, by slot. */
  readonly values: Float64Array
  readonly from: number
  /** Nanoseconds since 1970: since when they count. */
  readonly startNs: bigint
  attributes(side: Side): Attributes
}

/** When a flush happens. */
export interface Flush {
  readonly nowMs: number
  /** Since when the values count that were not handed on yet. */
  readonly intervalNs: bigint
  /** Series not used since are given up; undefined gives up none. */
  readonly expiredMs: number | undefined
}

/** Series of one grouping, and what they have counted. */
export class Rollup {
  readonly grouping: Grouping
  readonly layout: Layout
  /** Reports so far that went to the series for those that are too many. */
  overflowed = 0
  readonly #options: RollupOptions
  readonly #table: SeriesTable
  readonly #key = new SeriesKey()
  readonly #facts: KeyFacts
  readonly #transports = new Names()
  readonly #reasons = new Names()
  readonly #interfaces = new Names()
  readonly #attributes: SeriesAttributes
  #overflowedBefore = 0

  constructor(options: RollupOptions) {
    this.#options = options
    this.grouping = options.grouping
    this.layout = options.layout
    this.#table = new SeriesTable(options.layout.width)
    this.#facts = { fold: options.fold, transport: 0, reason: 0, interface: 0 }
    this.#attributes = new SeriesAttributes(options.grouping, {
      transports: this.#transports,
      reasons: this.#reasons,
      interfaces: this.#interfaces,
    })
  }

  /** Number of series. */
  get size(): number {
    return this.#table.size
  }

  /** Adds what report `i` counts. */
  count(records: NetworkObservations, i: number, owner: Owner): void {
    const { counters, gauges } = this.layout.readings[records.source]
    let row = -1
    for (let n = 0; n < counters.length; n++) {
      const { counter, slot } = counters[n]!
      const value = records.counter(i, counter)
      // A value that is none would spoil its series for good.
      if (!(value > 0)) continue
      if (row === -1) row = this.#rowOf(records, i, owner)
      this.#table.values[row * this.layout.width + slot]! += value
    }
    for (let n = 0; n < gauges.length; n++) {
      const { gauge, slot } = gauges[n]!
      const value = records.gauge(i, gauge)
      if (value === undefined || !(value >= 0)) continue
      if (row === -1) row = this.#rowOf(records, i, owner)
      this.#measure(row * this.layout.width + slot, value)
    }
    if (row !== -1) this.#table.touched[row] = 1
  }

  #measure(at: number, value: number): void {
    const { values } = this.#table
    const { bounds } = this.#options
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    values[at]! += value
    values[at + 1 + bucket]! += 1
  }

  #rowOf(records: NetworkObservations, i: number, owner: Owner): number {
    const resource = this.grouping === 'container' ? owner.container : owner.process
    this.#facts.transport = this.#transports.idOf(records.transport(i))
    this.#facts.reason = this.#options.byReason ? this.#reasons.idOf(records.reason(i)) : 0
    this.#facts.interface = this.#interfaces.idOf(records.interfaceName(i))
    if (this.grouping === 'flow') this.#key.readFlow(records, i, resource, this.#facts)
    else this.#key.readOwner(records, i, resource, this.#facts)
    const row = this.#table.find(this.#key)
    if (row !== -1) return row
    if (this.#table.size < this.#options.limit) return this.#table.add(this.#key, resource)
    this.overflowed++
    return this.#overflowRow()
  }

  #overflowRow(): number {
    const { everybody } = this.#options
    this.#key.readOverflow(everybody)
    const row = this.#table.find(this.#key)
    return row === -1 ? this.#table.add(this.#key, everybody) : row
  }

  /** Hands on every series that is to be told, and keeps what has to be kept for the next time. */
  flush(when: Flush, take: (row: Row) => void): void {
    const chosen = this.#choose()
    this.#foldRest(chosen)
    const table = this.#table
    for (let row = 0; row < table.size; row++) {
      if (table.touched[row] !== 0) table.usedMs[row] = when.nowMs
      if (this.#isTold(row, chosen)) take(this.#told(row, when))
      table.touched[row] = 0
    }
    this.#makeRoom(when, chosen)
  }

  /** Which flows are told apart; undefined where all are. */
  #choose(): Uint8Array | undefined {
    const { topK } = this.#options
    if (this.grouping !== 'flow' || this.#table.size <= topK) return undefined
    const { scores, values } = this.#table
    const { rank, width } = this.layout
    for (let row = 0; row < this.#table.size; row++) {
      let score = 0
      for (const slot of rank) score += values[row * width + slot] as number
      // Half of what was, so that flows of about the same size do not take turns.
      scores[row] = (scores[row] as number) / 2 + (this.#isSingle(row) ? score : 0)
    }
    return largest(scores, this.#table.size, topK)
  }

  #isSingle(row: number): boolean {
    return sortOf(this.#table.keys[row * KEY_WORDS + KEY.what] as number) === SORT.single
  }

  /** Adds what the flows that are not told apart have counted to what is kept of their owners. */
  #foldRest(chosen: Uint8Array | undefined): void {
    if (chosen === undefined) return
    const table = this.#table
    const { size } = table
    for (let row = 0; row < size; row++) {
      if (chosen[row] === 1 || table.touched[row] === 0 || !this.#isSingle(row)) continue
      const other = this.#otherRow(row)
      const { values, width } = table
      for (let slot = 0; slot < width; slot++) {
        values[other * width + slot]! += values[row * width + slot] as number
      }
      values.fill(0, row * width, (row + 1) * width)
      table.touched[other] = 1
      table.touched[row] = FOLDED
    }
  }

  /** There is one for each owner of flows, so that the limit need not count them. */
  #otherRow(row: number): number {
    const table = this.#table
    this.#key.readOther(table.keys, row * KEY_WORDS)
    const known = table.find(this.#key)
    return known === -1 ? table.add(this.#key, table.resources[row] as Resource) : known
  }

  #isTold(row: number, chosen: Uint8Array | undefined): boolean {
    if (chosen !== undefined && chosen[row] !== 1 && this.#isSingle(row)) return false
    const { touched, shown } = this.#table
    return touched[row] === 1 || (this.#options.cumulative && shown[row] !== undefined)
  }

  /** Whether what the series counts from here on adds to what was handed on. */
  #isCounting(row: number): boolean {
    return (
      !this.#isSingle(row) || (this.#options.cumulative && this.#table.shown[row] !== undefined)
    )
  }

  #told(row: number, { intervalNs }: Flush): Row {
    const table = this.#table
    const { width, values } = table
    const shown = (table.shown[row] ??= this.#begin(intervalNs))
    const from = row * width
    const { cumulative } = this.#options
    if (cumulative) {
      for (let slot = 0; slot < width; slot++) shown.total[slot]! += values[from + slot] as number
    }
    const told = cumulative ? shown.total : values.slice(from, from + width)
    values.fill(0, from, from + width)
    return {
      resource: table.resources[row] as Resource,
      values: told,
      from: 0,
      startNs: cumulative ? shown.startNs : intervalNs,
      attributes: (side) => this.#attributesOf(row, shown, side),
    }
  }

  #begin(startNs: bigint): Shown {
    const total = new Float64Array(this.#options.cumulative ? this.layout.width : 0)
    return { total, startNs, attributes: new Map() }
  }

  #attributesOf(row: number, { attributes }: Shown, side: Side): Attributes {
    const known = attributes.get(side)
    if (known) return known
    const made = this.#attributes.of(this.#table.keys, row * KEY_WORDS, side)
    attributes.set(side, made)
    return made
  }

  /** Series that nobody has seen, or that were long idle, go; the first only where there is no room. */
  #makeRoom({ expiredMs = -Infinity }: Flush, chosen: Uint8Array | undefined): void {
    const table = this.#table
    const isFull = this.overflowed > this.#overflowedBefore
    this.#overflowedBefore = this.overflowed
    const isKept = (row: number): boolean => {
      if (table.usedMs[row]! <= expiredMs) return false
      return !isFull || chosen === undefined || chosen[row] === 1 || this.#isCounting(row)
    }
    for (let row = 0; row < table.size; row++) if (!isKept(row)) return table.retain(isKept)
  }
}
