import { z } from 'zod'
import { keyValues } from '../../src/helpers/key_values.ts'
import {
  enabledOf,
  type MetricBuilder,
  metricSwitches,
  type MetricTable,
} from '../../src/helpers/metric_table.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'

type Name = `system.paging.${'usage' | 'utilization' | 'operations' | 'faults'}`

const TABLE: MetricTable<Name> = {
  'system.paging.usage': { type: 'updown', unit: 'By', description: 'Bytes of swap space.' },
  'system.paging.utilization': {
    type: 'gauge',
    unit: '1',
    double: true,
    optional: true,
    description: 'Share of the swap space.',
  },
  'system.paging.operations': {
    type: 'counter',
    unit: '{operations}',
    description: 'Pages read and written: major ones from and to swap space, minor ones all.',
  },
  'system.paging.faults': { type: 'counter', unit: '{faults}', description: 'Page faults.' },
}

/** Options of `scrapers.paging`. */
export const pagingConfig = z.strictObject({ metrics: metricSwitches(TABLE) })

/** Swap space and page faults (proc_swaps(5), proc_vmstat(5)). */
export function pagingScraper({ metrics }: z.output<typeof pagingConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, metrics)
  return {
    name: 'paging',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      addSwaps(out, host.read('swaps'))
      addFaults(out, keyValues(host.read('vmstat')))
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

/** `Filename Type Size Used Priority`, sizes in KiB. */
function addSwaps(out: MetricBuilder<Name>, swaps: string): void {
  for (const line of swaps.split('\n').slice(1)) {
    const [device = '', , sizeKib, usedKib] = line.split(/\s+/)
    if (usedKib === undefined) continue
    const [size, used] = [Number(sizeKib) * 1024, Number(usedKib) * 1024]
    for (const [state, bytes] of Object.entries({ used, free: size - used })) {
      out.add('system.paging.usage', bytes, { device, state })
      out.add('system.paging.utilization', bytes / size, { device, state })
    }
  }
}

/** `pgpgin` and `pgpgout` are in KiB, as reads and writes of 4 KiB. */
const KIB_OF_PAGE = 4

function addFaults(out: MetricBuilder<Name>, vmstat: ReadonlyMap<string, number>): void {
  const count = (name: string): number => vmstat.get(name) ?? 0
  const pages = (name: string): number => Math.floor(count(name) / KIB_OF_PAGE)
  const rows = [
    ['page_in', 'major', count('pswpin')],
    ['page_out', 'major', count('pswpout')],
    ['page_in', 'minor', pages('pgpgin')],
    ['page_out', 'minor', pages('pgpgout')],
  ] as const
  for (const [direction, type, value] of rows)
    out.add('system.paging.operations', value, { direction, type })
  out.add('system.paging.faults', count('pgmajfault'), { type: 'major' })
  out.add('system.paging.faults', count('pgfault') - count('pgmajfault'), { type: 'minor' })
}
