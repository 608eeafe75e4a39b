import { z } from 'zod'
import { enabledOf, metricSwitches, type MetricTable } from '../../src/helpers/metric_table.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'

type Name = `system.cpu.load_average.${'1m' | '5m' | '15m'}`

const average = { type: 'gauge', unit: '{thread}', double: true } as const

const TABLE: MetricTable<Name> = {
  'system.cpu.load_average.1m': { ...average, description: 'Average load over 1 minute.' },
  'system.cpu.load_average.5m': { ...average, description: 'Average load over 5 minutes.' },
  'system.cpu.load_average.15m': { ...average, description: 'Average load over 15 minutes.' },
}

/** Options of `scrapers.load`. */
export const loadConfig = z.strictObject({
  metrics: metricSwitches(TABLE),
  cpu_average: z.boolean().default(false).describe('Divide by the number of logical CPUs.'),
})

/** Threads that run or wait to (proc_loadavg(5)). */
export function loadScraper(config: z.output<typeof loadConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, config.metrics)
  return {
    name: 'load',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const [one, five, fifteen] = host.read('loadavg').split(' ').map(Number)
      const divisor = config.cpu_average ? cpusOf(host) : 1
      out.add('system.cpu.load_average.1m', Number(one) / divisor)
      out.add('system.cpu.load_average.5m', Number(five) / divisor)
      out.add('system.cpu.load_average.15m', Number(fifteen) / divisor)
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

function cpusOf(host: Host): number {
  return host.read('stat').match(/^cpu\d+ /gm)?.length ?? 1
}
