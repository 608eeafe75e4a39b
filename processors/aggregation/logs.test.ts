import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Fed, textOf } from './reports_for_tests.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const curl = { pid: 10, comm: 'curl' }

/** The attributes of each record, of all resources. */
function recordsOf({ last }: Fed): string[] {
  return last.groups.flatMap(({ logs }) =>
    Array.from({ length: logs.length }, (_, i) => textOf(logs.at(i).attributes)),
  )
}

it('makes a log record of each flow with something new, in a pipeline of logs', () => {
  const fed = new Fed({}, 'logs/flows')
  fed.take([{ ...curl, bytes_sent: 5, packets_sent: 1 }])
  fed.take([{ ...curl, bytes_sent: 5, opened: 1, srtt_us: 300 }], { source: 'sockets' })
  fed.take([{ ...curl, srtt_us: 200, retransmits: 3 }], { source: 'sockets' })
  vi.advanceTimersByTime(10_000)
  expect(recordsOf(fed)).toEqual([
    'source.address=10.0.0.1,destination.address=10.0.0.2,destination.port=80,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client,waggle.network.bytes_sent=5,waggle.network.packets_sent=1,waggle.network.retransmits=3,waggle.network.opened=1,waggle.tcp.bytes_sent=5,waggle.tcp.srtt_us=250,waggle.flow.start=1790000000000000000',
  ])
  expect(fed.last.groups[0]!.resource.attributes['service.name']).toBe('curl')
  expect(fed.last.groups[0]!.logs.at(0)).toMatchObject({
    eventName: 'waggle.network.flow',
    timeNs: 1_790_000_010_000_000_000n,
    severity: 9,
  })
})

it('tells in each record only what is new, and makes none where nothing is', () => {
  const fed = new Fed({}, 'logs')
  fed.take([
    { ...curl, bytes_sent: 5 },
    { peer: '10.0.0.3:1', bytes_sent: 1 },
  ])
  vi.advanceTimersByTime(10_000)
  fed.take([{ ...curl, bytes_sent: 7 }])
  vi.advanceTimersByTime(20_000)
  expect(fed.batches.map(({ itemCount }) => itemCount)).toEqual([2, 1])
  expect(recordsOf(fed)).toEqual([expect.stringContaining('waggle.network.bytes_sent=7,')])
})

it('has a record for each reason', () => {
  const fed = new Fed({}, 'logs')
  fed
    .take([
      { reason: 'NO_SOCKET', drops: 1 },
      { reason: 'NETFILTER_DROP', drops: 2 },
    ])
    .end()
  expect(recordsOf(fed)).toEqual([
    expect.stringContaining('reason=NO_SOCKET,waggle.network.drops=1,'),
    expect.stringContaining('reason=NETFILTER_DROP,waggle.network.drops=2,'),
  ])
})

it('sums the flows that are not among the top ones up in a record', () => {
  const fed = new Fed({ top_k: 1 }, 'logs')
  fed.take([1, 2, 4].map((bytes_sent, i) => ({ peer: `10.0.1.${i}:80`, bytes_sent }))).end()
  expect(recordsOf(fed)).toEqual([
    expect.stringMatching(/destination\.address=10\.0\.1\.2,.*bytes_sent=4,/),
    expect.stringMatching(/destination\.address=other,.*bytes_sent=3,/),
  ])
})
