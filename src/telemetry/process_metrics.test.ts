import { expect, it } from 'vitest'
import { MetricRegistry } from './metric_registry.ts'
import { registerProcessMetrics, thisProcess } from './process_metrics.ts'

it("tells what the agent costs under the Collector's names", () => {
  const registry = new MetricRegistry('basic')
  registerProcessMetrics(registry.meter(), {
    uptime: () => 60,
    cpuSeconds: () => 1.5,
    rssBytes: () => 1000,
    heapBytes: () => 200,
    systemBytes: () => 500,
  })
  const rows = registry
    .collect()
    .metrics.map(({ facts, type, points }) => [facts.name, facts.unit, type, points[0]!.value])
  expect(rows).toEqual([
    ['otelcol_process_uptime', 's', 'counter', 60],
    ['otelcol_process_cpu_seconds', 's', 'counter', 1.5],
    ['otelcol_process_memory_rss', 'By', 'gauge', 1000],
    ['otelcol_process_runtime_heap_alloc_bytes', 'By', 'gauge', 200],
    ['otelcol_process_runtime_total_sys_memory_bytes', 'By', 'gauge', 500],
  ])
})

it('reads this process', () => {
  const { uptime, cpuSeconds, rssBytes, heapBytes, systemBytes } = thisProcess
  expect(uptime()).toBeGreaterThan(0)
  expect(cpuSeconds()).toBeGreaterThan(0)
  expect(rssBytes()).toBeGreaterThan(heapBytes())
  expect(systemBytes()).toBeGreaterThan(heapBytes())
  const before = cpuSeconds()
  for (const end = performance.now() + 20; performance.now() < end;) Math.sqrt(2)
  expect(cpuSeconds() - before).toBeGreaterThan(0.005)
})
