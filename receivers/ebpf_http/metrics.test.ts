import { expect, it, vi } from 'vitest'
import type { MeasuredProgram, ProgramCost } from '../../src/kernel/program_cost.ts'
import type { MetricLevel } from '../../src/telemetry/meter.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { HttpMetrics } from './metrics.ts'

/** What the metrics tell, over counts per CPU: name, attributes, value. */
function told(
  perCpu: Readonly<Record<string, readonly number[]>>,
  level: MetricLevel = 'normal',
): { rows: () => unknown[]; metrics: HttpMetrics; cost: ProgramCost } {
  const cost = costOf([{ name: 'http_egress', seconds: 2, runs: 9, cores: 0.02 }])
  const registry = new MetricRegistry(level)
  const sums = Object.entries(perCpu).map(([name, each]) => [name, each.reduce((a, b) => a + b, 0)])
  const metrics = new HttpMetrics(registry.meter({ receiver: 'ebpf_http' }), {
    counters: {
      read: () => Object.fromEntries(sums) as Record<string, number>,
      readEach: () => Object.fromEntries(Object.entries(perCpu).map(([k, v]) => [k, [...v]])),
    },
    losses: ['ring_full'],
    ring: { size: 4096, available: () => 24 },
    peak: () => 512,
    cost,
  })
  const rows = (): unknown[] =>
    registry.collect().metrics.flatMap(({ facts, points }) =>
      points.map(({ attributes, value }) => {
        const { receiver: _receiver, program: _program, ...rest } = attributes
        return [facts.name, rest, value]
      }),
    )
  return { rows, metrics, cost }
}

/** Programs that have been measured. */
function costOf(programs: readonly MeasuredProgram[]): ProgramCost {
  const [start, stop] = [vi.fn<() => void>(), vi.fn<() => void>()]
  return { programs, cores: 0.02, start, stop } as unknown as ProgramCost
}

const RING_ROWS = [
  ['waggle.bpf.ring_buffer.size', {}, 4096],
  ['waggle.bpf.ring_buffer.used', {}, 24],
  ['waggle.bpf.ring_buffer.peak', {}, 512],
]

const NO_PAYLOAD = [
  ['waggle.http.payload', {}, 0],
  ['waggle.http.payload.missed', {}, 0],
]

it('tells losses by reason and the rest as events, summed over the CPUs', () => {
  const { rows } = told({ records: [1, 2], ring_full: [0, 4], gap: [0, 0] })
  expect(rows()).toEqual([
    ['waggle.bpf.dropped', { reason: 'ring_full' }, 4],
    ['waggle.bpf.events', { event: 'records' }, 3],
    ['waggle.bpf.events', { event: 'gap' }, 0],
    ...RING_ROWS,
    ...NO_PAYLOAD,
  ])
})

it('tells the counts of each CPU, and what the programs cost, at level detailed', () => {
  const { rows, metrics, cost } = told(
    { records: [1, 2], ring_full: [0, 4], gap: [0, 0] },
    'detailed',
  )
  expect(rows()).toEqual([
    ['waggle.bpf.dropped', { reason: 'ring_full', cpu: '1' }, 4],
    ['waggle.bpf.events', { event: 'records', cpu: '0' }, 1],
    ['waggle.bpf.events', { event: 'records', cpu: '1' }, 2],
    ...RING_ROWS,
    ['waggle.bpf.program.run_time', { function: 'http_egress' }, 2],
    ['waggle.bpf.program.runs', { function: 'http_egress' }, 9],
    ['waggle.bpf.program.cpu', { function: 'http_egress' }, 0.02],
    ...NO_PAYLOAD,
  ])
  expect(metrics.programCores).toBe(0.02)
  expect(cost.start).toHaveBeenCalledOnce()
  metrics.close()
  expect(cost.stop).toHaveBeenCalledOnce()
})

it('does not have the kernel measure at other levels', () => {
  const { metrics, cost } = told({ records: [1] })
  metrics.close()
  expect(cost.start).not.toHaveBeenCalled()
})

it('tells how complete it is', () => {
  const { rows } = told({ payload: [50, 50], payload_missed: [0, 10] })
  expect(rows()).toEqual([
    ...RING_ROWS,
    ['waggle.http.payload', {}, 100],
    ['waggle.http.payload.missed', {}, 10],
    ['waggle.http.completeness', {}, 0.9],
  ])
})

it('leaves out how complete it is while that is not known', () => {
  expect(told({ payload: [0], payload_missed: [0] }).rows()).toEqual([...RING_ROWS, ...NO_PAYLOAD])
})

it('names the receiver and the program in every series', () => {
  const registry = new MetricRegistry('normal')
  const counters = { read: () => ({ records: 1 }), readEach: () => ({ records: [1] }) }
  new HttpMetrics(registry.meter({ receiver: 'ebpf_http/2' }), {
    counters,
    losses: [],
    ring: { size: 1, available: () => 0 },
    peak: () => 0,
    cost: costOf([]),
  })
  expect(registry.collect().metrics[0]!.points[0]!.attributes).toEqual({
    receiver: 'ebpf_http/2',
    program: 'http',
    event: 'records',
  })
})

it('tells nothing any more once it is closed', () => {
  const { rows, metrics } = told({ records: [1] })
  metrics.close()
  metrics.close()
  expect(rows()).toEqual([])
})
