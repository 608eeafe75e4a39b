import { kindName } from './fields.ts'
import type { SummaryRow } from './summary.ts'
import { tableText } from './table.ts'
import { clockText, countText, durationText, fitted, rateText } from './text.ts'

const MAX_SERVICE_WIDTH = 40
const HEAD = ['service', 'side', 'requests', 'errors', 'requests/s', 'p50', 'p95', 'p99']
/** Columns of words; the others are numbers and stand to the right. */
const WORDS = 2

/**
 * The rows as a table with a head, whole lines.
 * @param nowMs end of the interval, milliseconds since 1970
 * @param seconds length of the interval
 */
export function summaryTable(rows: readonly SummaryRow[], nowMs: number, seconds: number): string {
  const cells = [HEAD, ...rows.map((row) => cellsOf(row, seconds))]
  return `${clockText(nowMs)}  last ${seconds.toFixed(1)} s\n${tableText(cells, WORDS)}`
}

function cellsOf(row: SummaryRow, seconds: number): string[] {
  const { service, kind, requests, errors, durations } = row
  return [
    fitted(service, MAX_SERVICE_WIDTH),
    kindName(kind),
    countText(requests),
    countText(errors),
    rateText(requests / seconds),
    ...[0.5, 0.95, 0.99].map((q) => durationText(durations.quantile(q))),
  ]
}
