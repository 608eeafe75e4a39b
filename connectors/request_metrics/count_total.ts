import type { ExchangeTotal } from '../../src/pdata/exchange_totals.ts'
import type { ValueGroup } from '../../src/pdata/http_total.ts'
import type { Series, Tally } from './series.ts'

/**
 * Adds exchanges without a span to a series. The values of a group all count in the bucket of their
 * mean: the right one where the kernel's bounds are the histogram's, and one close to it elsewhere.
 */
export function countTotal(series: Series, total: ExchangeTotal): void {
  series.touched = true
  add(series.duration, total.durations)
  add(series.requestBody, total.requestBodies)
  add(series.responseBody, total.responseBodies)
}

function add(tally: Tally | undefined, groups: readonly ValueGroup[]): void {
  for (const { count, sum } of groups) tally?.histogram.recordMany(count, sum)
}
