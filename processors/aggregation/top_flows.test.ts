import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Metrics, NumberPoint } from '../../src/pdata/metrics.ts'
import type { Report } from '../../src/pdata/network_observations_for_tests.ts'
import { largest } from './largest.ts'
import { CONTAINERS, Fed, only, textOf } from './reports_for_tests.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const BYTES = { 'obi.network.flow.bytes': 'flow' }
const INTERVAL_MS = 10_000

/** A flow of `curl` to a host of that number. */
function flowTo(host: number, bytes_sent: number): Report {
  return { pid: 10, comm: 'curl', peer: `10.0.1.${host}:80`, bytes_sent }
}

/** The destination and value of each line. */
function toldBy({ lines }: Fed): string[] {
  return lines.map((line) => line.replace(/.*destination.address=([^,]*),.* (\d+)$/, '$1 $2'))
}

describe('the top flows', () => {
  it('are told apart, and the rest is kept as other', () => {
    const fed = new Fed({ ...only(BYTES), top_k: 2 })
    fed.take([flowTo(1, 10), flowTo(2, 300), flowTo(3, 20), flowTo(4, 200)]).end()
    expect(toldBy(fed)).toEqual(['10.0.1.2 300', '10.0.1.4 200', 'other 30'])
    expect(fed.lines.at(-1)).toBe(
      'curl obi.network.flow.bytes source.address=other,destination.address=other,network.transport=tcp,network.type=ipv4,network.tcp.handshake.role=client,network.io.direction=transmit 30',
    )
  })

  it('have the rest told apart by reason where they are', () => {
    const fed = new Fed({ ...only({ 'waggle.network.drops': 'flow' }), top_k: 1 })
    const drops = [5, 1, 2, 3].map((count, i) => {
      const reason = i % 2 === 0 ? 'NO_SOCKET' : 'NETFILTER_DROP'
      return { peer: `10.0.1.${i}:80`, reason, drops: count }
    })
    const { lines } = fed.take(drops).end()
    expect(lines.map((line) => line.replace(/.*destination.address=([^,]*),.*,/, '$1 '))).toEqual([
      '10.0.1.0 reason=NO_SOCKET 5',
      'other reason=NETFILTER_DROP 4',
      'other reason=NO_SOCKET 2',
    ])
  })

  it('go on where they were when they come back', () => {
    const fed = new Fed({ ...only(BYTES), top_k: 1 })
    for (const [first, second] of [
      [100, 1],
      [1, 1000],
      [10_000, 1],
    ] as const) {
      fed.take([flowTo(1, first), flowTo(2, second)])
      vi.advanceTimersByTime(INTERVAL_MS)
    }
    expect(fed.batches).toHaveLength(3)
    expect(toldBy(fed)).toEqual(['10.0.1.1 10100', 'other 3'])
  })

  it('are all flows where no number is given', () => {
    const fed = new Fed({ ...only(BYTES), top_k: 0 })
    fed.take(Array.from({ length: 50 }, (_, i) => flowTo(i, 1))).end()
    expect(fed.lines).toHaveLength(50)
  })

  it('do not take turns while they are of about the same size', () => {
    const fed = new Fed({ ...only(BYTES), top_k: 1, aggregation_temporality: 'delta' })
    const told: string[] = []
    for (const [first, second] of [
      [100, 80],
      [85, 90],
      [100, 80],
    ] as const) {
      fed.take([flowTo(1, first), flowTo(2, second)])
      vi.advanceTimersByTime(INTERVAL_MS)
      told.push(toldBy(fed)[0]!.split(' ')[0]!)
    }
    expect(told).toEqual(['10.0.1.1', '10.0.1.1', '10.0.1.1'])
  })
})

describe('too many series', () => {
  it('are one that says so, and count as overflowed', () => {
    const options = { ...only(BYTES), aggregation_cardinality_limit: 2 }
    const fed = new Fed(options).take([1, 2, 3, 4].map((host) => flowTo(host, host)))
    expect(fed.account).toEqual({
      'waggle.aggregation.series flow': 3,
      'waggle.aggregation.overflowed flow': 2,
    })
    expect(fed.end().lines.at(-1)).toBe(
      'unknown_service obi.network.flow.bytes otel.metric.overflow=true,network.io.direction=transmit 7',
    )
  })

  it('leave their places to others when they were not among the top ones', () => {
    const options = { ...only(BYTES), aggregation_cardinality_limit: 4, top_k: 1 }
    const fed = new Fed({ ...options, aggregation_temporality: 'delta' })
    fed.take([9, 2, 3, 4, 5].map((host) => flowTo(host, host)))
    vi.advanceTimersByTime(INTERVAL_MS)
    fed.take([flowTo(100, 1000)])
    vi.advanceTimersByTime(INTERVAL_MS)
    expect(toldBy(fed)).toEqual(['10.0.1.100 1000'])
  })
})

/** Numbers that are the same each time (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) % 0x1_0000_0000) % below
  }
}

/** Reports of a few processes to a few hosts, of sizes that differ much. */
function randomReports(random: (below: number) => number): Report[] {
  return Array.from({ length: random(30) }, () => ({
    pid: random(4),
    comm: 'app',
    transport: random(4) === 0 ? 'udp' : 'tcp',
    role: (['client', 'server', 'peer'] as const)[random(3)]!,
    peer: random(5) === 0 ? `[fd00::${random(20)}]:443` : `10.0.0.${random(20)}:443`,
    bytes_sent: 2 ** random(30),
    bytes_received: random(1000),
    retransmits: random(3),
  }))
}

/** The last value of every series, or the sum of its deltas, by owner and metric. */
class Sums {
  readonly #series = new Map<string, { process: string; value: number }>()
  readonly #cumulative: boolean
  readonly #owner: string

  /** @param owner the attribute by which resources are told apart */
  constructor(cumulative: boolean, owner = 'process.pid') {
    this.#cumulative = cumulative
    this.#owner = owner
  }

  add({ groups }: Metrics): void {
    for (const { resource, metrics } of groups) {
      for (const { name, data } of metrics) {
        for (const point of data.points as readonly NumberPoint[]) {
          const process = `${resource.attributes[this.#owner] as string} ${name}`
          const series = `${resource.id} ${name} ${textOf(point.attributes)} ${point.startNs}`
          const before = this.#cumulative ? 0 : (this.#series.get(series)?.value ?? 0)
          this.#series.set(series, { process, value: before + Number(point.value) })
        }
      }
    }
  }

  of(key: string): number {
    const own = [...this.#series.values()].filter(({ process }) => process === key)
    return own.reduce((sum, { value }) => sum + value, 0)
  }

  get total(): number {
    return [...this.#series.values()].reduce((sum, { value }) => sum + value, 0)
  }
}

describe('the sums', () => {
  const metrics = only({ ...BYTES, 'obi.stat.tcp.retransmits': 'flow' })

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'of every process are true whatever number of flows is told apart (seed %d)',
    (seed) => {
      const random = randomNumbers(seed)
      const cumulative = random(2) === 0
      const temporality = cumulative ? 'cumulative' : 'delta'
      const options = { metrics_expiration: `${random(4) * 10}s`, top_k: random(12) + 1 }
      const fed = new Fed({ ...metrics, ...options, aggregation_temporality: temporality })
      const truth = new Map<string, number>()
      const sums = new Sums(cumulative)
      for (let flush = 0; flush < 12; flush++) {
        const reports = randomReports(random)
        for (const report of reports) count(report, truth)
        const before = fed.batches.length
        fed.take(reports)
        vi.advanceTimersByTime(INTERVAL_MS)
        for (const batch of fed.batches.slice(before)) sums.add(batch as Metrics)
      }
      for (const [key, value] of truth) expect(sums.of(key), key).toBe(value)
    },
  )

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'of all processes are true whatever the limit of series is (seed %d)',
    (seed) => {
      const random = randomNumbers(seed + 1000)
      const limits = { top_k: random(6) + 1, aggregation_cardinality_limit: random(20) + 1 }
      const fed = new Fed({ ...metrics, ...limits })
      const truth = new Map<string, number>()
      const sums = new Sums(true)
      for (let flush = 0; flush < 12; flush++) {
        const reports = randomReports(random)
        for (const report of reports) count(report, truth)
        fed.take(reports)
        vi.advanceTimersByTime(INTERVAL_MS)
      }
      for (const batch of fed.batches) sums.add(batch as Metrics)
      expect(sums.total).toBe([...truth.values()].reduce((sum, value) => sum + value, 0))
    },
  )

  it('[1.21] of the flows of each container are its own figures over the same time', () => {
    const random = randomNumbers(7)
    const [flows, containers] = ['flow', 'container'].map((by) => {
      return new Fed({ ...only({ 'obi.network.flow.bytes': by }), top_k: 3 })
    }) as [Fed, Fed]
    for (let flush = 0; flush < 5; flush++) {
      const reports = randomReports(random).map((report) => ({
        ...report,
        cgroupId: CONTAINERS[report.pid! % 2]!.cgroupId,
      }))
      for (const fed of [flows, containers]) fed.take(reports)
      vi.advanceTimersByTime(INTERVAL_MS)
    }
    for (const { id } of CONTAINERS) {
      const [ofFlows, own] = [flows, containers].map((fed) => {
        const sums = new Sums(true, 'container.id')
        for (const batch of fed.batches) sums.add(batch as Metrics)
        return sums.of(`${id} obi.network.flow.bytes`)
      })
      expect(ofFlows).toBe(own)
      expect(own).toBeGreaterThan(0)
    }
  })
})

function count(report: Report, into: Map<string, number>): void {
  const pid = report.pid === 0 ? 'undefined' : String(report.pid)
  const add = (name: string, value: number): void => {
    const key = `${pid} ${name}`
    if (value > 0) into.set(key, (into.get(key) ?? 0) + value)
  }
  add('obi.network.flow.bytes', report.bytes_sent! + report.bytes_received!)
  add('obi.stat.tcp.retransmits', report.retransmits!)
}

describe('the largest of some numbers', () => {
  it.each([
    [[], 2, []],
    [[1, 2], 0, [0, 0]],
    [[1, 2], 3, [1, 1]],
    [[1, 3, 2], 1, [0, 1, 0]],
    [[2, 1, 2, 2], 2, [1, 0, 1, 0]],
    [[0, 0, 0], 1, [1, 0, 0]],
  ])('%j, %d of them', (numbers, count_, chosen) => {
    const found = largest(Float64Array.from(numbers), numbers.length, count_)
    expect([...found]).toEqual(chosen)
  })
})
