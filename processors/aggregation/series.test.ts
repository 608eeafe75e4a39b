import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Report } from '../../src/pdata/network_observations_for_tests.ts'
import type { MetricName } from './instruments.ts'
import { CONTAINERS, Fed, only } from './reports_for_tests.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const curl = { pid: 10, comm: 'curl' }

/** The lines of these reports under one metric, without its name. */
function linesOf(
  metric: MetricName,
  by: string,
  reports: readonly Report[],
  options: object = {},
  source: 'flows' | 'sockets' = 'flows',
): string[] {
  const fed = new Fed({ ...only({ [metric]: by }), ...options })
  const { lines } = fed.take(reports, { source }).end()
  return lines.map((line) => line.replace(`${metric} `, ''))
}

describe('the series of flows', () => {
  it('are one where only the port of the client differs', () => {
    const reports = [40_000, 40_001, 50_000].map((port) => ({
      ...curl,
      local: `10.0.0.1:${port}`,
      retransmits: 2,
    }))
    expect(linesOf('obi.stat.tcp.retransmits', 'flow', reports)).toEqual([
      'curl source.address=10.0.0.1,destination.address=10.0.0.2,destination.port=80,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client 6',
    ])
  })

  it('are told apart by the interface that they were seen at', () => {
    const seen = {
      transport: 'icmp',
      role: 'peer',
      local: '10.0.0.1:0',
      peer: '10.0.0.2:0',
    } as const
    const reports = ['eth0', 'eth1', 'eth0'].map((interfaceName) => ({
      ...seen,
      interfaceName,
      packets_received: 2,
    }))
    const ends = 'source.address=10.0.0.2,destination.address=10.0.0.1'
    const of = (name: string): string =>
      `unknown_service ${ends},network.transport=icmp,network.type=ipv4,network.interface.name=${name},network.io.direction=receive`
    expect(linesOf('obi.network.flow.packets', 'flow', reports)).toEqual([
      `${of('eth0')} 4`,
      `${of('eth1')} 2`,
    ])
  })

  it('have the port of a server at its end', () => {
    const server = { role: 'server', local: '10.0.0.2:80', peer: '10.0.0.1:40000' } as const
    expect(linesOf('obi.stat.tcp.retransmits', 'flow', [{ ...server, retransmits: 1 }])).toEqual([
      'unknown_service source.address=10.0.0.2,source.port=80,destination.address=10.0.0.1,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=server 1',
    ])
  })

  it('leave out high ports where nobody knows who the client is', () => {
    const udp = { transport: 'udp', role: 'peer', packets_sent: 1 } as const
    const reports = [
      { ...udp, local: '[fd00::1]:53', peer: '[fd00::2]:32768' },
      { ...udp, local: '[fd00::1]:53', peer: '[fd00::2]:32767' },
    ]
    expect(linesOf('obi.network.flow.packets', 'flow', reports)).toEqual([
      'unknown_service source.address=fd00::1,source.port=53,destination.address=fd00::2,network.transport=udp,network.type=ipv6,network.io.direction=transmit 1',
      'unknown_service source.address=fd00::1,source.port=53,destination.address=fd00::2,destination.port=32767,network.transport=udp,network.type=ipv6,network.io.direction=transmit 1',
    ])
  })

  it('have both ports where they are not to be folded', () => {
    const options = { fold_ephemeral_ports: false }
    const [line] = linesOf('obi.stat.tcp.retransmits', 'flow', [{ retransmits: 1 }], options)
    expect(line).toContain('source.port=40000,destination.address=10.0.0.2,destination.port=80,')
  })

  it('have what was asked for, and the peer behind address translation', () => {
    const report = { retransmits: 1, asked: '10.96.0.10:80', translated: '10.244.1.7:8080' }
    const [line] = linesOf('obi.stat.tcp.retransmits', 'flow', [{ ...curl, ...report }])
    expect(line).toContain(
      'destination.port=80,server.address=10.96.0.10,server.port=80,waggle.nat.address=10.244.1.7,waggle.nat.port=8080,network.transport',
    )
  })

  it('are told apart by what was asked for and by the peer behind address translation', () => {
    const reports = [
      {},
      { asked: '10.96.0.10:80' },
      { asked: '10.96.0.10:81' },
      { translated: '10.96.0.10:80' },
      { translated: '10.96.0.11:80' },
      { translated: '[fd00::1]:80' },
    ].map((one) => ({ ...curl, ...one, retransmits: 1 }))
    expect(linesOf('obi.stat.tcp.retransmits', 'flow', reports)).toHaveLength(6)
    expect(linesOf('obi.stat.tcp.retransmits', 'process', reports)).toHaveLength(1)
  })

  it('are one for all ports of a client behind address translation', () => {
    const server = { role: 'server', local: '10.0.0.2:80', peer: '10.0.0.9:1024' } as const
    const reports = [40_000, 40_001].map((port) => ({
      ...server,
      translated: `10.244.1.7:${port}`,
      retransmits: 1,
    }))
    const lines = linesOf('obi.stat.tcp.retransmits', 'flow', reports)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('waggle.nat.address=10.244.1.7,network.transport')
    const options = { fold_ephemeral_ports: false }
    expect(linesOf('obi.stat.tcp.retransmits', 'flow', reports, options)).toHaveLength(2)
  })

  it('are told apart by process', () => {
    const reports = [curl, { pid: 11, comm: 'wget' }].map((one) => ({ ...one, retransmits: 1 }))
    expect(linesOf('obi.stat.tcp.retransmits', 'flow', reports)).toHaveLength(2)
  })
})

describe('the number of series', () => {
  const metric = 'obi.network.flow.bytes'
  /** Two containers with two processes each, each of which has flows to three servers. */
  const reports = [0, 1, 2, 3].flatMap((one) =>
    [81, 82, 83].map((port) => ({
      pid: 10 + one,
      comm: `client-${one}`,
      cgroupId: CONTAINERS[one >> 1]!.cgroupId,
      peer: `10.0.0.2:${port}`,
      bytes_sent: 1,
    })),
  )

  it.each([
    ['container', 2],
    ['process', 4],
    ['flow', 12],
  ])('[1.20] is that of what is counted, by %s', (by, count) => {
    const fed = new Fed(only({ [metric]: by })).take(reports).take(reports)
    expect(fed.account[`waggle.aggregation.series ${by}`]).toBe(count)
    expect(fed.end().lines).toHaveLength(count)
  })
})

describe('the metrics', () => {
  it('give round-trip times by flow, measured in microseconds, told in seconds', () => {
    const rtt = [400, 500, 501, 20_000, 2_000_000].map((srtt_us) => ({ ...curl, srtt_us }))
    const [line] = linesOf('obi.stat.tcp.rtt', 'flow', rtt, {}, 'sockets')
    expect(line).toMatch(/ count=5 sum=2\.021401 \[2 1 0 0 0 1 0 0 0 0 0 1\]$/)
  })

  it('count new connections by process, by the role of this end', () => {
    const reports = [
      { ...curl, opened: 3 },
      { ...curl, local: '10.0.0.9:1', peer: '10.0.0.8:1', accepted: 2 },
    ]
    expect(linesOf('waggle.tcp.connections', 'process', reports, {}, 'sockets')).toEqual([
      'curl network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client 3',
      'curl network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=server 2',
    ])
  })

  it('tell failed connections apart by reason, and have the error of the kernel', () => {
    const failed = ['ECONNREFUSED', 'ECONNREFUSED', 'EADDRNOTAVAIL', ''].map((reason) => ({
      ...curl,
      reason,
      failed: 1,
    }))
    expect(linesOf('obi.stat.tcp.failed.connections', 'container', failed, {}, 'sockets')).toEqual([
      'unknown_service network.transport=tcp,network.type=ipv4,reason=connection_refused,error.type=ECONNREFUSED 2',
      'unknown_service network.transport=tcp,network.type=ipv4,reason=other,error.type=EADDRNOTAVAIL 1',
      'unknown_service network.transport=tcp,network.type=ipv4,reason=unknown 1',
    ])
  })

  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ECONNRESET', 'connection_reset'],
    ['ETIMEDOUT', 'timed_out'],
    ['EHOSTUNREACH', 'host_unreachable'],
    ['ENETUNREACH', 'net_unreachable'],
  ])('call %s as OpenTelemetry eBPF Instrumentation does: %s', (reason, name) => {
    const failed = [{ ...curl, reason, failed: 1 }]
    const [line] = linesOf('obi.stat.tcp.failed.connections', 'process', failed, {}, 'sockets')
    expect(line).toContain(`,reason=${name},error.type=${reason} 1`)
  })

  it('tell drops apart by the reason of the kernel', () => {
    const drops = ['NETFILTER_DROP', 'NO_SOCKET'].map((reason, i) => ({ reason, drops: i + 1 }))
    expect(linesOf('waggle.network.drops', 'process', drops)).toEqual([
      'unknown_service network.transport=tcp,network.type=ipv4,reason=NETFILTER_DROP 1',
      'unknown_service network.transport=tcp,network.type=ipv4,reason=NO_SOCKET 2',
    ])
  })

  it('tell times in seconds', () => {
    const [line] = linesOf('waggle.tcp.rwnd_limited.time', 'process', [{ rwnd_limited_us: 1500 }])
    expect(line).toMatch(/ 0\.0015$/)
  })

  it('count bytes of sockets and of flows each under their own name', () => {
    const names = { 'obi.stat.tcp.io': 'process', 'obi.network.flow.bytes': 'process' }
    const fed = new Fed(only(names))
    fed.take([{ ...curl, bytes_sent: 1 }], { source: 'sockets' })
    fed.take([{ ...curl, bytes_sent: 10 }], { source: 'flows' }).end()
    expect(fed.lines).toEqual([
      'curl obi.network.flow.bytes network.transport=tcp,network.type=ipv4,network.io.direction=transmit 10',
      'curl obi.stat.tcp.io network.transport=tcp,network.type=ipv4,network.io.direction=transmit 1',
    ])
  })

  it('are none where they are switched off, and leave out what is zero or no number', () => {
    expect(new Fed(only({})).take([{ bytes_sent: 1 }]).end().batches).toEqual([])
    const strange = [{ bytes_sent: NaN }, { bytes_sent: -1 }, { srtt_us: NaN }, {}]
    expect(new Fed().take(strange).end().batches).toEqual([])
  })
})

describe('the life of a series', () => {
  const options = { ...only({ 'obi.stat.tcp.retransmits': 'flow' }), metrics_expiration: '20s' }

  it('ends when there was nothing new for long enough, and begins anew after', () => {
    const fed = new Fed(options).take([{ retransmits: 5 }])
    vi.advanceTimersByTime(30_000)
    expect(fed.batches).toHaveLength(3)
    vi.advanceTimersByTime(10_000)
    expect(fed.batches).toHaveLength(3)
    expect(fed.account['waggle.aggregation.series flow']).toBe(0)
    fed.take([{ retransmits: 2 }])
    vi.advanceTimersByTime(10_000)
    expect(fed.lines).toEqual([expect.stringMatching(/ 2$/)])
    const { groups } = fed.batches.at(-1) as { groups: readonly { metrics: readonly unknown[] }[] }
    expect(groups[0]!.metrics[0]).toMatchObject({
      data: {
        points: [{ startNs: 1_790_000_040_000_000_000n, timeNs: 1_790_000_050_000_000_000n }],
      },
    })
  })
})
