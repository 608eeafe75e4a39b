import { expect, it } from 'vitest'
import type { ActiveSeries } from './active_requests.ts'
import { OpenExchanges } from './open_exchanges.ts'

/** A series that counts what is open on it. */
function seriesWithCount(): { series: ActiveSeries; held: () => number } {
  let held = 0
  const series = { hold: (change: number) => (held += change) } as unknown as ActiveSeries
  return { series, held: () => held }
}

it('keeps so many open exchanges and no more, and has room again when they end', () => {
  const open = new OpenExchanges()
  const { series, held } = seriesWithCount()
  const report = { startMs: 0, ageMs: 10_000, weight: 1 }
  for (let i = 0; i < 65_536; i++) expect(open.add(`${i}`, series, report)).toBe(true)
  expect(open.add('one more', series, report)).toBe(false)
  expect([open.size, held()]).toEqual([65_536, 65_536])
  expect(open.end('17')).toBe(true)
  expect(open.end('17')).toBe(false)
  expect(open.add('one more', series, report)).toBe(true)
  expect(open.giveUp(35_000)).toBe(0)
  expect(open.giveUp(35_001)).toBe(65_536)
  expect([open.size, held(), open.newestMs]).toEqual([0, 0, -Infinity])
})
