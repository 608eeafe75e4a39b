import type { Meter, MetricFacts } from '../../src/telemetry/meter.ts'
import { GROUPINGS, type Grouping } from './instruments.ts'

/** What a rollup knows of itself. */
export interface Account {
  readonly grouping: Grouping
  /** Series that are kept now. */
  readonly size: number
  /** Reports so far that went to the series for those that are too many. */
  readonly overflowed: number
}

const SERIES: MetricFacts = {
  name: 'waggle.aggregation.series',
  description: 'Flows, processes and containers that are counted, by what they are summed up by.',
  unit: '{series}',
}
const OVERFLOWED: MetricFacts = {
  name: 'waggle.aggregation.overflowed',
  description: 'Reports that were counted in the series for those that are too many.',
  unit: '{observation}',
}

/** Registers what the rollups know of themselves; returns what ends it. */
export function registerAccount(meter: Meter, read: () => readonly Account[]): () => void {
  const sums = (value: (account: Account) => number): [number, Grouping][] =>
    GROUPINGS.flatMap((grouping) => {
      const accounts = read().filter((account) => account.grouping === grouping)
      const sum = accounts.reduce((total, account) => total + value(account), 0)
      return accounts.length === 0 ? [] : [[sum, grouping]]
    })
  const ends = [
    meter.gauge(SERIES, (observe) => {
      for (const [value, by] of sums(({ size }) => size)) observe(value, { by })
    }),
    meter.counter(OVERFLOWED, (observe) => {
      for (const [value, by] of sums(({ overflowed }) => overflowed)) observe(value, { by })
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
