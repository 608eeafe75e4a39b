import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { LossTruth } from './guest/loss.ts'
import { LOSSY } from './guest/lossy.ts'
import { judgeLoss } from './judge_loss.ts'

const PORTS = Array.from({ length: LOSSY.connections }, (_, index) => 40_001 + index)
const end = { rtt: 41_000, rttVariation: 900, leastRtt: 40_100, retransmits: 2 }
const TRUTH: LossTruth = {
  ends: PORTS.flatMap((port) => [
    { ...end, localPort: port, peerPort: LOSSY.port },
    { ...end, localPort: LOSSY.port, peerPort: port },
  ]),
  retransmits: 4 * LOSSY.connections,
}

/** What the agent's file exporter would have written of an end. */
function lineOf(source: number, destination: number, values: Record<string, number>): string {
  const numbers = { 'source.port': source, 'destination.port': destination, ...values }
  const attributes = Object.entries(numbers).map(([key, value]) => ({
    key,
    value: { intValue: String(value) },
  }))
  const scopeLogs = [{ scope: { name: 'a' }, logRecords: [{ timeUnixNano: '1', attributes }] }]
  return `${JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs }] })}\n`
}

const TIMES = {
  'waggle.tcp.srtt_us': 41_000,
  'waggle.tcp.rtt_var_us': 900,
  'waggle.tcp.min_rtt_us': 40_100,
}
/** Two looks at each end. */
const RIGHT = TRUTH.ends.flatMap(({ localPort, peerPort }) => [
  lineOf(localPort, peerPort, { 'waggle.tcp.srtt_us': 50_000, 'waggle.network.retransmits': 2 }),
  lineOf(localPort, peerPort, TIMES),
])

const zipped = (lines: readonly string[]): string => gzipSync(lines.join('')).toString('base64')
const judge = (atRest: readonly string[], all = atRest, truth = TRUTH) =>
  judgeLoss({ atRest: zipped(atRest), all: zipped(all) }, truth)

describe('what a guest tells of connections over delay and loss', () => {
  it('is right where the last of it is what ss says, and all of it what the kernel counts', () => {
    expect(judge(RIGHT)).toEqual({ whileOpen: true, faults: [] })
  })

  it('is wrong where a time or a count of an end is another one', () => {
    const [port] = PORTS
    const wrong = lineOf(port!, LOSSY.port, { ...TIMES, 'waggle.tcp.srtt_us': 41_001 })
    const more = lineOf(port!, LOSSY.port, { ...TIMES, 'waggle.network.retransmits': 1 })
    expect(judge([...RIGHT, wrong], RIGHT).faults).toEqual([
      'port 40001 to 8081: rtt: 41001, not 41000',
    ])
    expect(judge([...RIGHT, more]).faults).toEqual([
      'port 40001 to 8081: retransmits: 3, not 2',
      'retransmits: 17, not 16',
    ])
  })

  it('is no more than the sum where the kernel shows no connection that is open', () => {
    expect(judge([], RIGHT)).toEqual({ whileOpen: false, faults: [] })
    expect(judge([], []).faults).toEqual(['retransmits: 0, not 16'])
  })

  it('says nothing where nothing was delayed or lost', () => {
    const ends = TRUTH.ends.map((one) => ({ ...one, leastRtt: 39_999 }))
    expect(judge([], [], { ends, retransmits: 0 }).faults).toEqual([
      ...ends.map(({ localPort }) => `port ${localPort} answers in 39999 us`),
      'nothing was sent again',
    ])
    expect(judge(RIGHT, RIGHT, { ...TRUTH, ends: TRUTH.ends.slice(1) }).faults).toEqual([
      'ends of connections that ss knows: 7, not 8',
    ])
  })
})
