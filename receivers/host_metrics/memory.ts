import { z } from 'zod'
import { keyValues } from '../../src/helpers/key_values.ts'
import { enabledOf, metricSwitches, type MetricTable } from '../../src/helpers/metric_table.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'

type Name =
  | 'system.memory.usage'
  | 'system.memory.utilization'
  | 'system.memory.limit'
  | 'system.linux.memory.available'
  | 'system.linux.memory.dirty'

const bytes = { type: 'updown', unit: 'By' } as const

const TABLE: MetricTable<Name> = {
  'system.memory.usage': { ...bytes, description: 'Bytes of memory, by what they are used for.' },
  'system.memory.utilization': {
    type: 'gauge',
    unit: '1',
    double: true,
    optional: true,
    description: 'Share of the memory, by what it is used for.',
  },
  'system.memory.limit': { ...bytes, optional: true, description: 'Bytes of memory there are.' },
  'system.linux.memory.available': {
    ...bytes,
    optional: true,
    description: 'Bytes that could be used without swapping, as the kernel estimates.',
  },
  'system.linux.memory.dirty': {
    ...bytes,
    optional: true,
    description: 'Bytes that wait to be written to disk.',
  },
}

/** Options of `scrapers.memory`. */
export const memoryConfig = z.strictObject({ metrics: metricSwitches(TABLE) })

/** Memory by use (proc_meminfo(5)). */
export function memoryScraper({ metrics }: z.output<typeof memoryConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, metrics)
  return {
    name: 'memory',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const kib = keyValues(host.read('meminfo'))
      const size = (name: string): number => (kib.get(name) ?? 0) * 1024
      const total = size('MemTotal')
      for (const [state, value] of Object.entries(statesOf(size))) {
        out.add('system.memory.usage', value, { state })
        out.add('system.memory.utilization', value / total, { state })
      }
      out.add('system.memory.limit', total)
      out.add('system.linux.memory.available', size('MemAvailable'))
      out.add('system.linux.memory.dirty', size('Dirty'))
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

/**
 * As the Collector has them: `used`, `free`, `buffered` and `cached` add up to all there is, and
 * `slab_reclaimable` is a part of `cached`.
 */
function statesOf(size: (name: string) => number): Record<string, number> {
  const [free, buffered] = [size('MemFree'), size('Buffers')]
  const cached = size('Cached') + size('SReclaimable')
  return {
    used: Math.max(0, size('MemTotal') - free - buffered - cached),
    free,
    buffered,
    cached,
    slab_reclaimable: size('SReclaimable'),
    slab_unreclaimable: size('SUnreclaim'),
  }
}
