import { NETWORK_COUNTERS, NETWORK_GAUGES } from '../../src/pdata/network_observations.ts'
import type { Instrument } from './instruments.ts'
import { PLAIN } from './sides.ts'

/** What both receivers count, each in its own way: of sockets it stands under another name. */
const BOTH = ['bytes_sent', 'bytes_received', 'packets_sent', 'packets_received'] as const
const IN_SOCKETS: Readonly<Record<string, string>> = {
  bytes_sent: 'waggle.tcp.bytes_sent',
  bytes_received: 'waggle.tcp.bytes_received',
  packets_sent: 'waggle.tcp.segments_sent',
  packets_received: 'waggle.tcp.segments_received',
}

const COMMON = { description: '', unit: '', groupings: ['flow'] } as const

/**
 * The attributes of a flow's log record, in the form of metrics: the counters of the reports, and the
 * means of their gauges.
 */
export const FIELDS: readonly Instrument[] = [
  ...NETWORK_COUNTERS.map((counter): Instrument => {
    const both = (BOTH as readonly string[]).includes(counter)
    const parts = [{ counter, side: PLAIN }]
    const name = `waggle.network.${counter}`
    return { ...COMMON, name, parts, ...(both && { source: 'flows' }) }
  }),
  ...BOTH.map((counter): Instrument => {
    const parts = [{ counter, side: PLAIN }]
    return { ...COMMON, name: IN_SOCKETS[counter] as string, parts, source: 'sockets' }
  }),
  ...NETWORK_GAUGES.map((gauge): Instrument => {
    return { ...COMMON, name: `waggle.tcp.${gauge}`, gauge }
  }),
]
