import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Metrics } from '../pdata/metrics.ts'
import { AgentMetrics } from './agent_metrics.ts'
import { MetricRegistry } from './metric_registry.ts'
import { prometheusText, type PageStyle } from './prometheus_text.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_500 }))
afterEach(() => vi.useRealTimers())

const resource = { 'service.name': 'waggle', rack: 'r1' }

/** A registry with one metric of each type. */
function registryOf(): MetricRegistry {
  const registry = new MetricRegistry('normal')
  const meter = registry.meter({ exporter: 'x' })
  const distribution = { count: 3, sum: 12, bounds: [1, 5], counts: [1, 0, 2] }
  meter.counter({ name: 'cpu.time', description: 'CPU.', unit: 's' }, (observe) => observe(2))
  meter.gauge({ name: 'memory', description: 'Memory.', unit: 'By' }, (observe) => observe(0.5))
  meter.gauge({ name: 'level', description: 'Level.', unit: '{batch}' }, (observe) => observe(1))
  meter.histogram({ name: 'sizes', description: 'Sizes.', unit: 'By' }, (observe) =>
    observe(distribution, { kind: 'logs' }),
  )
  return registry
}

/** The series of the page. */
async function page(style: PageStyle = {}): Promise<string[]> {
  const metrics = new AgentMetrics(registryOf(), resource)
  const text = prometheusText(await metrics.collect(), style)
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP'))
}

const common = 'service_name="waggle",rack="r1"'

it('is a page with the names as they are, and histograms', async () => {
  expect(await page()).toEqual([
    '# TYPE cpu_time counter',
    `cpu_time{exporter="x",${common}} 2`,
    '# TYPE memory gauge',
    `memory{exporter="x",${common}} 0.5`,
    '# TYPE level gauge',
    `level{exporter="x",${common}} 1`,
    '# TYPE sizes histogram',
    `sizes_bucket{exporter="x",kind="logs",le="1",${common}} 1`,
    `sizes_bucket{exporter="x",kind="logs",le="5",${common}} 1`,
    `sizes_bucket{exporter="x",kind="logs",le="+Inf",${common}} 3`,
    `sizes_sum{exporter="x",kind="logs",${common}} 12`,
    `sizes_count{exporter="x",kind="logs",${common}} 3`,
  ])
})

it('has types, units, scope and fewer attributes in it where that is asked for', async () => {
  const style: PageStyle = {
    typeSuffix: true,
    unitSuffix: true,
    labels: { otel_scope_name: 'waggle' },
    keepsResource: (name) => name === 'rack',
  }
  const own = 'exporter="x"'
  const rest = 'otel_scope_name="waggle",rack="r1"'
  expect((await page(style)).filter((line) => !line.startsWith('sizes'))).toEqual([
    '# TYPE cpu_time_seconds_total counter',
    `cpu_time_seconds_total{${own},${rest}} 2`,
    '# TYPE memory_bytes gauge',
    `memory_bytes{${own},${rest}} 0.5`,
    '# TYPE level gauge',
    `level{${own},${rest}} 1`,
    '# TYPE sizes_bytes histogram',
  ])
})

it('hands everything over as a batch each interval, and once more at the end', async () => {
  const pushed: Metrics[] = []
  const push = async (metrics: Metrics): Promise<boolean> => pushed.push(metrics) > 0
  const options = { push, intervalMs: 1_000, timeoutMs: 5_000 }
  const metrics = new AgentMetrics(registryOf(), resource, [options])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(pushed).toHaveLength(2)
  await metrics.shutdown()
  expect(pushed).toHaveLength(3)
  const [group] = pushed[1]!.groups
  const startNs = 1_790_000_000_500_000_000n
  const times = { startNs, timeNs: 1_790_000_002_500_000_000n, exemplars: [] }
  const attributes = { exporter: 'x' }
  expect(group?.resource.attributes).toEqual(resource)
  expect(group?.scope).toEqual({ name: 'waggle', version: '' })
  expect(group?.metrics).toEqual([
    {
      name: 'cpu.time',
      description: 'CPU.',
      unit: 's',
      data: {
        type: 'sum',
        temporality: 2,
        monotonic: true,
        points: [{ ...times, attributes, value: 2 }],
      },
    },
    {
      name: 'memory',
      description: 'Memory.',
      unit: 'By',
      data: { type: 'gauge', points: [{ ...times, startNs: 0n, attributes, value: 0.5 }] },
    },
    expect.objectContaining({ name: 'level' }),
    {
      name: 'sizes',
      description: 'Sizes.',
      unit: 'By',
      data: {
        type: 'histogram',
        temporality: 2,
        points: [
          {
            ...times,
            attributes: { exporter: 'x', kind: 'logs' },
            count: 3,
            sum: 12,
            bounds: [1, 5],
            counts: [1, 0, 2],
          },
        ],
      },
    },
  ])
})

it('goes on where a push fails', async () => {
  let pushes = 0
  const push = async (): Promise<boolean> => {
    pushes++
    return false
  }
  const metrics = new AgentMetrics(registryOf(), resource, [
    { push, intervalMs: 1_000, timeoutMs: 500 },
  ])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(pushes).toBe(3)
  await metrics.shutdown()
})
