import type { NetworkRow, NetworkRows } from './network_summary.ts'
import { tableText } from './table.ts'
import { byteRateText, clockText, countText, durationText, fitted, rateText } from './text.ts'

/** Rows of a table that are shown; of the others only their number is. */
const MAX_SHOWN = 20
const MAX_SERVICE_WIDTH = 30
const MAX_FLOW_WIDTH = 60

const FLOWS = {
  head: ['service', 'flow', 'protocol', 'sent', 'received', 'packets/s', 'retransmits', 'rtt'],
  words: 3,
  cells: ({ service, flow, transport, counts, times }: NetworkRow, seconds: number): string[] => [
    fitted(service, MAX_SERVICE_WIDTH),
    fitted(flow, MAX_FLOW_WIDTH),
    fitted(transport, 10),
    byteRateText(counts.sent / seconds),
    byteRateText(counts.received / seconds),
    rateText(counts.packets / seconds),
    countText(counts.retransmits),
    meanText(times),
  ],
}
const CONNECTIONS = {
  head: ['service', 'opened', 'accepted', 'closed', 'failed', 'resets', 'drops', 'handshake'],
  words: 1,
  cells: ({ service, counts, times }: NetworkRow): string[] => [
    fitted(service, MAX_SERVICE_WIDTH),
    countText(counts.opened),
    countText(counts.accepted),
    countText(counts.closed),
    countText(counts.failed),
    countText(counts.resets),
    countText(counts.drops),
    meanText(times),
  ],
}

const LOOKUPS = {
  head: ['service', 'name', 'lookups', 'failed', 'duration'],
  words: 2,
  cells: ({ service, flow, counts, times }: NetworkRow): string[] => [
    fitted(service, MAX_SERVICE_WIDTH),
    fitted(flow, MAX_FLOW_WIDTH),
    countText(times.count),
    countText(counts.failed),
    meanText(times),
  ],
}

/**
 * Flows, connections and lookups as tables, whole lines; nothing for one without rows.
 * @param nowMs end of the interval, milliseconds since 1970
 * @param seconds length of the interval
 */
export function networkTables(
  { flows, connections, lookups }: NetworkRows,
  nowMs: number,
  seconds: number,
): string {
  const title = (what: string): string =>
    `${clockText(nowMs)}  ${what}, last ${seconds.toFixed(1)} s\n`
  return (
    (flows.length > 0 ? title('flows') + lines(flows, FLOWS, seconds) : '') +
    (connections.length > 0
      ? title('connections') + lines(connections, CONNECTIONS, seconds)
      : '') +
    (lookups.length > 0 ? title('lookups') + lines(lookups, LOOKUPS, seconds) : '')
  )
}

interface Form {
  readonly head: readonly string[]
  readonly words: number
  readonly cells: (row: NetworkRow, seconds: number) => string[]
}

function lines(rows: readonly NetworkRow[], { head, words, cells }: Form, seconds: number): string {
  const shown = rows.slice(0, MAX_SHOWN).map((row) => cells(row, seconds))
  const left = rows.length - shown.length
  return tableText([head, ...shown], words) + (left > 0 ? `  … ${countText(left)} more\n` : '')
}

function meanText({ sum, count }: NetworkRow['times']): string {
  return count > 0 ? durationText((sum / count) * 1e9) : '-'
}
