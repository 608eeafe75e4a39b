import { getHeapStatistics } from 'node:v8'
import type { Meter } from './meter.ts'

/** What is asked about the process, so that tests can answer. */
export interface ProcessReadings {
  /** Seconds since the process began. */
  readonly uptime: () => number
  /** CPU of all threads, in seconds. */
  readonly cpuSeconds: () => number
  /** Bytes of memory in use, as the kernel counts them. */
  readonly rssBytes: () => number
  /** Bytes of V8's heap in use. */
  readonly heapBytes: () => number
  /** Bytes that V8 and what lies beside its heap got from the system. */
  readonly systemBytes: () => number
}

/** The readings of this process. */
export const thisProcess: ProcessReadings = {
  uptime: () => process.uptime(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  rssBytes: () => process.memoryUsage.rss(),
  heapBytes: () => getHeapStatistics().used_heap_size,
  systemBytes: () => {
    const { total_heap_size, external_memory } = getHeapStatistics()
    return total_heap_size + external_memory
  },
}

/** Registers what the agent costs, under the Collector's names. */
export function registerProcessMetrics(
  meter: Meter,
  readings: ProcessReadings = thisProcess,
): void {
  const level = 'basic'
  const uptime = { name: 'otelcol_process_uptime', unit: 's', level } as const
  meter.counter({ ...uptime, description: 'Time since the agent began.' }, (observe) =>
    observe(readings.uptime()),
  )
  const cpu = { name: 'otelcol_process_cpu_seconds', unit: 's', level } as const
  meter.counter({ ...cpu, description: 'CPU time of the agent, user and system.' }, (observe) =>
    observe(readings.cpuSeconds()),
  )
  const rss = { name: 'otelcol_process_memory_rss', unit: 'By', level } as const
  meter.gauge({ ...rss, description: 'Resident memory of the agent.' }, (observe) =>
    observe(readings.rssBytes()),
  )
  const heap = { name: 'otelcol_process_runtime_heap_alloc_bytes', unit: 'By', level } as const
  meter.gauge({ ...heap, description: "Bytes in use on the agent's heap." }, (observe) =>
    observe(readings.heapBytes()),
  )
  const system = {
    name: 'otelcol_process_runtime_total_sys_memory_bytes',
    unit: 'By',
    level,
  } as const
  meter.gauge(
    { ...system, description: 'Bytes that the runtime has got from the system.' },
    (observe) => observe(readings.systemBytes()),
  )
}
