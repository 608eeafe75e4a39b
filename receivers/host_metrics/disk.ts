import { z } from 'zod'
import {
  enabledOf,
  type MetricBuilder,
  metricSwitches,
  type MetricTable,
} from '../../src/helpers/metric_table.ts'
import { nameFilter, nameList } from '../../src/helpers/name_filter.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'

type Name = `system.disk.${
  | 'io'
  | 'operations'
  | 'io_time'
  | 'operation_time'
  | 'weighted_io_time'
  | 'pending_operations'
  | 'merged'}`

const time = { type: 'counter', unit: 's', double: true } as const
const operations = { type: 'counter', unit: '{operations}' } as const

const TABLE: MetricTable<Name> = {
  'system.disk.io': { type: 'counter', unit: 'By', description: 'Bytes read and written.' },
  'system.disk.operations': { ...operations, description: 'Reads and writes that were done.' },
  'system.disk.io_time': { ...time, description: 'Time in which the disk had something to do.' },
  'system.disk.operation_time': { ...time, description: 'Time that reads and writes took.' },
  'system.disk.weighted_io_time': {
    ...time,
    description: 'Time in which the disk had something to do, times what waited.',
  },
  'system.disk.pending_operations': {
    type: 'updown',
    unit: '{operations}',
    description: 'Operations that wait or are under way.',
  },
  'system.disk.merged': {
    ...operations,
    description: 'Reads and writes that became one with others.',
  },
}

/** Options of `scrapers.disk`. */
export const diskConfig = z.strictObject({
  metrics: metricSwitches(TABLE),
  include: nameList('devices', 'disks').describe('Only these disks. Unset: all.'),
  exclude: nameList('devices', 'disks').describe('Not these.'),
})

/** Bytes of a sector in /proc/diskstats, whatever the disk's own sectors are. */
const SECTOR = 512
const READ = { read: 'read', write: 'write' } as const

/** Block devices and their partitions (/proc/diskstats, Documentation/admin-guide/iostats.rst). */
export function diskScraper(config: z.output<typeof diskConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, config.metrics)
  const isTaken = nameFilter(config.include, config.exclude)
  return {
    name: 'disk',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      for (const line of host.read('diskstats').split('\n')) {
        const [, , device = '', ...columns] = line.trim().split(/\s+/)
        if (columns.length >= 11 && isTaken(device)) addDisk(out, device, columns.map(Number))
      }
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

function addDisk(out: MetricBuilder<Name>, device: string, columns: readonly number[]): void {
  const [done, merged, sectors, ms, doneW, mergedW, sectorsW, msW, pending, busyMs, weightedMs] =
    columns as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
  const reads = { device, direction: READ.read }
  const writes = { device, direction: READ.write }
  out.add('system.disk.io', sectors * SECTOR, reads)
  out.add('system.disk.io', sectorsW * SECTOR, writes)
  out.add('system.disk.operations', done, reads)
  out.add('system.disk.operations', doneW, writes)
  out.add('system.disk.operation_time', ms / 1000, reads)
  out.add('system.disk.operation_time', msW / 1000, writes)
  out.add('system.disk.merged', merged, reads)
  out.add('system.disk.merged', mergedW, writes)
  out.add('system.disk.io_time', busyMs / 1000, { device })
  out.add('system.disk.weighted_io_time', weightedMs / 1000, { device })
  out.add('system.disk.pending_operations', pending, { device })
}
