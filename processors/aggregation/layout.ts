import type {
  NetworkCounter,
  NetworkGauge,
  NetworkObservations,
} from '../../src/pdata/network_observations.ts'
import type { Instrument, Part } from './instruments.ts'

type Source = NetworkObservations['source']

/** Where the values of a metric stand in the row of a series. */
export interface Placed {
  readonly instrument: Instrument
  /** Slot of the first part; or of a histogram's sum, behind which its buckets stand. */
  readonly slot: number
}

/** A counter that is added to a slot. */
interface CounterSlot {
  readonly counter: NetworkCounter
  readonly slot: number
}

/** A gauge that is counted in the histogram at a slot. */
interface GaugeSlot {
  readonly gauge: NetworkGauge
  readonly slot: number
}

/** What is read of a report from one source. */
export interface Reading {
  readonly counters: readonly CounterSlot[]
  readonly gauges: readonly GaugeSlot[]
}

/** How the values of some metrics lie in the rows of one table. */
export class Layout {
  readonly placed: readonly Placed[]
  /** Slots of a row. */
  readonly width: number
  readonly readings: Readonly<Record<Source, Reading>>
  /** The slots by which series are ranked: those of bytes, or all where no bytes are counted. */
  readonly rank: readonly number[]

  /** Upper bounds of the histograms, in microseconds. */
  readonly bounds: readonly number[]
  readonly boundsSeconds: readonly number[]

  /** @param bounds upper bounds of the histograms, in microseconds */
  constructor(instruments: readonly Instrument[], bounds: readonly number[]) {
    this.bounds = bounds
    this.boundsSeconds = bounds.map((us) => us / 1e6)
    let width = 0
    this.placed = instruments.map((instrument) => {
      const slot = width
      width += instrument.parts?.length ?? 2 + bounds.length
      return { instrument, slot }
    })
    this.width = width
    this.readings = {
      sockets: this.#reading('sockets'),
      flows: this.#reading('flows'),
      dns: this.#reading('dns'),
    }
    this.rank = this.#rank()
  }

  #reading(source: Source): Reading {
    const placed = this.placed.filter(({ instrument }) => (instrument.source ?? source) === source)
    return {
      counters: placed.flatMap(counterSlots),
      gauges: placed.flatMap(({ instrument: { gauge }, slot }) => (gauge ? [{ gauge, slot }] : [])),
    }
  }

  #rank(): number[] {
    const counters = this.placed.flatMap(counterSlots)
    const bytes = counters.filter(({ counter }) => counter.startsWith('bytes_'))
    if (bytes.length > 0) return bytes.map(({ slot }) => slot)
    return Array.from({ length: this.width }, (_, slot) => slot)
  }
}

function counterSlots({ instrument, slot }: Placed): CounterSlot[] {
  const parts: readonly Part[] = instrument.parts ?? []
  return parts.map(({ counter }, i) => ({ counter, slot: slot + i }))
}
