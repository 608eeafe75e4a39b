import { gunzipSync } from 'node:zlib'
import { decodeJsonRequest, logs, type LogView } from '../kit/otlp.ts'
import type { EndTruth, LossTruth } from './guest/loss.ts'
import { LOSSY } from './guest/lossy.ts'

/** What the agent told wrongly of connections over known delay and loss. */
export interface LossVerdict {
  /** Whether it told of connections while they were open, which not every kernel lets it. */
  readonly whileOpen: boolean
  /** Worded. */
  readonly faults: readonly string[]
}

/** What the agent wrote, zipped, in base64: until connections were at rest, and in all. */
export interface LossRecords {
  readonly atRest: string
  readonly all: string
}

/** Compares what the agent wrote of each end with what ss and the kernel's own counts say. */
export function judgeLoss({ atRest, all }: LossRecords, truth: LossTruth): LossVerdict {
  const open = recordsOf(atRest)
  const whileOpen = open.length > 0
  const ends = truth.ends.filter(({ rtt }) => rtt > 0)
  return {
    whileOpen,
    faults: [
      ...compare('ends of connections that ss knows', ends.length, 2 * LOSSY.connections),
      ...ends.flatMap(({ localPort, leastRtt }) =>
        leastRtt >= 2000 * LOSSY.delayMs ? [] : [`port ${localPort} answers in ${leastRtt} us`],
      ),
      ...(truth.retransmits > 0 ? [] : ['nothing was sent again']),
      ...(whileOpen ? ends.flatMap((end) => compareEnd(open, end)) : []),
      ...compare('retransmits', sumOf(recordsOf(all)), truth.retransmits),
    ],
  }
}

function compareEnd(records: readonly LogView[], end: EndTruth): string[] {
  const own = records.filter((record) => isOf(record, end))
  const last = own.at(-1)?.attributes ?? {}
  const name = `port ${end.localPort} to ${end.peerPort}`
  return [
    ...compare(`${name}: rtt`, last['waggle.tcp.srtt_us'], end.rtt),
    ...compare(`${name}: rttvar`, last['waggle.tcp.rtt_var_us'], end.rttVariation),
    ...compare(`${name}: minrtt`, last['waggle.tcp.min_rtt_us'], end.leastRtt),
    ...compare(`${name}: retransmits`, sumOf(own), end.retransmits),
  ]
}

function compare(what: string, told: unknown, wanted: number): string[] {
  return Number(told) === wanted ? [] : [`${what}: ${String(told)}, not ${wanted}`]
}

function isOf({ attributes }: LogView, { localPort, peerPort }: EndTruth): boolean {
  return attributes['source.port'] === localPort && attributes['destination.port'] === peerPort
}

function sumOf(records: readonly LogView[]): number {
  return records.reduce(
    (sum, { attributes }) => sum + Number(attributes['waggle.network.retransmits'] ?? 0),
    0,
  )
}

function recordsOf(zipped: string): LogView[] {
  const text = gunzipSync(Buffer.from(zipped, 'base64')).toString()
  const lines = text.split('\n').filter(Boolean)
  return lines.flatMap((line) => logs(decodeJsonRequest('logs', line)))
}
