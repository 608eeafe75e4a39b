import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { TEMPORALITY } from '../../src/pdata/metrics.ts'
import {
  counter,
  histogram,
  histogramPoint,
  metricsOf,
  numberPoint,
} from '../../src/pdata/metrics_for_tests.ts'
import { exporterWith, START_MS } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers({ now: START_MS }))
afterEach(() => void vi.useRealTimers())

const silent = { max_lines_per_second: 0, summary_interval: '10s' }
const startNs = BigInt(START_MS) * 1_000_000n
const own = '10.0.0.1'

function flow(peer: string, direction: 'transmit' | 'receive'): Attributes {
  const [here, there] = [{ address: own, port: 80 }, { address: peer }]
  const [source, destination] = direction === 'transmit' ? [here, there] : [there, here]
  return {
    'source.address': source.address,
    ...('port' in source && { 'source.port': source.port }),
    'destination.address': destination.address,
    ...('port' in destination && { 'destination.port': destination.port }),
    'network.transport': 'tcp',
    'network.io.direction': direction,
  }
}

const sum = (value: number, attributes: Attributes) => numberPoint(value, attributes, { startNs })
const bytes = (peer: string, sent: number, received: number) =>
  counter('obi.network.flow.bytes', [
    sum(sent, flow(peer, 'transmit')),
    sum(received, flow(peer, 'receive')),
  ])

describe('the tables of flows and connections', () => {
  it('show flows with most bytes first, this end in front, and what became of connections', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const seen = { startNs, count: 4, sum: 0.001 }
    await exporter.export(
      metricsOf([
        bytes('10.0.0.7', 12_340_000, 500),
        bytes('fd00::1', 30, 20_000_000),
        counter('obi.network.flow.packets', [sum(90, flow('10.0.0.7', 'transmit'))]),
        counter('obi.stat.tcp.retransmits', [sum(3, flow('10.0.0.7', 'transmit'))]),
        histogram('obi.stat.tcp.rtt', [
          histogramPoint({ ...seen, attributes: flow('10.0.0.7', 'transmit') }),
        ]),
        counter('waggle.tcp.connections', [
          sum(1200, { 'network.tcp.handshake.role': 'client' }),
          sum(3, { 'network.tcp.handshake.role': 'server' }),
        ]),
        counter('obi.stat.tcp.failed.connections', [sum(2, { reason: 'timed_out' })]),
        counter('waggle.network.drops', [sum(1, { reason: 'a' }), sum(1, { reason: 'b' })]),
        histogram('waggle.tcp.connect.duration', [histogramPoint(seen)]),
        counter('system.cpu.time', [sum(1, {})]),
      ]),
    )
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toEqual([
      '14:03:32.123  flows, last 10.0 s',
      '  service  flow                    protocol       sent   received  packets/s  retransmits     rtt',
      '  shop     10.0.0.1:80 → fd00::1   tcp        3.00 B/s  2.00 MB/s        0.0            0       -',
      '  shop     10.0.0.1:80 → 10.0.0.7  tcp       1.23 MB/s   50.0 B/s        9.0            3  250 µs',
      '14:03:32.123  connections, last 10.0 s',
      '  service  opened  accepted  closed  failed  resets  drops  handshake',
      '  shop      1,200         3       0       2       0      2     250 µs',
    ])
    await exporter.shutdown()
  })

  it('show the names that were looked up most, and how many lookups failed', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const lookup = (name: string, count: number, error?: string) => {
      const attributes = { 'dns.question.name': name, ...(error && { 'error.type': error }) }
      return histogramPoint({ startNs, count, sum: count / 100, attributes })
    }
    const overflow = histogramPoint({
      startNs,
      count: 1,
      sum: 1,
      attributes: { 'otel.metric.overflow': true },
    })
    const points = [lookup('a.test', 3), lookup('b.test', 4), lookup('b.test', 6, 'NXDOMAIN')]
    await exporter.export(metricsOf([histogram('dns.lookup.duration', [...points, overflow])]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()).toEqual([
      '14:03:32.123  lookups, last 10.0 s',
      '  service  name      lookups  failed  duration',
      '  shop     b.test         10       6   10.0 ms',
      '  shop     a.test          3       0   10.0 ms',
      '  shop     overflow        1       0    1.00 s',
    ])
    await exporter.shutdown()
  })

  it('show what is new in the interval, and nothing where nothing is', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const sent: string[] = []
    for (const total of [1000, 1400, 1400]) {
      await exporter.export(metricsOf([bytes('10.0.0.7', total, 0)]))
      vi.advanceTimersByTime(10_000)
      sent.push(stream.take()[2] ?? 'nothing')
    }
    expect(sent).toEqual([
      expect.stringContaining(' 100 B/s '),
      expect.stringContaining(' 40.0 B/s '),
      'nothing',
    ])
    await exporter.shutdown()
  })

  it('leave out what was counted before the exporter began, and take deltas as they are', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const old = numberPoint(500, flow('10.0.0.7', 'transmit'), { startNs: startNs - 1n })
    const temporality = TEMPORALITY.delta
    await exporter.export(metricsOf([counter('obi.stat.tcp.io', [old])]))
    await exporter.export(metricsOf([counter('obi.stat.tcp.retransmits', [old], { temporality })]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()[2]).toMatch(/ tcp +0 B\/s +0 B\/s +0\.0 +500 +-$/)
    await exporter.shutdown()
  })

  it('show bytes of sockets only where there are none of flows, which are the same', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const io = counter('obi.stat.tcp.io', [sum(70, flow('10.0.0.7', 'transmit'))])
    await exporter.export(metricsOf([bytes('10.0.0.7', 50, 0), io]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()[2]).toContain(' 5.00 B/s ')
    await exporter.export(metricsOf([io]))
    vi.advanceTimersByTime(10_000)
    expect(stream.take()[2]).toContain(' 7.00 B/s ')
    await exporter.shutdown()
  })

  it('show twenty rows, and how many more there are', async () => {
    const { exporter, stream } = exporterWith(silent)
    await exporter.start()
    const flows = Array.from({ length: 25 }, (_, i) => bytes(`10.0.1.${i}`, i + 1, 0))
    await exporter.export(metricsOf(flows))
    vi.advanceTimersByTime(10_000)
    const lines = stream.take()
    expect(lines).toHaveLength(23)
    expect(lines.at(-1)).toBe('  … 5 more')
    await exporter.shutdown()
  })
})
