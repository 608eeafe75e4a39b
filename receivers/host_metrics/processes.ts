import { readdirSync } from 'node:fs'
import { z } from 'zod'
import { enabledOf, metricSwitches, type MetricTable } from '../../src/helpers/metric_table.ts'
import { isGone, type Scraper } from '../../src/helpers/scraper.ts'
import { Turns } from '../../src/helpers/turns.ts'
import type { Host } from './host.ts'

type Name = `system.processes.${'count' | 'created'}`

const TABLE: MetricTable<Name> = {
  'system.processes.count': {
    type: 'updown',
    unit: '{processes}',
    description: 'Processes by state.',
  },
  'system.processes.created': {
    type: 'counter',
    unit: '{processes}',
    description: 'Processes and threads that were made.',
  },
}

/** Options of `scrapers.processes`. */
export const processesConfig = z.strictObject({ metrics: metricSwitches(TABLE) })

/** By the letter of proc_pid_stat(5), in the Collector's words. */
const STATUS: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  I: 'idle',
  T: 'stopped',
  t: 'stopped',
  Z: 'zombies',
}

/** How many processes there are, and how many were made (proc_stat(5)). */
export function processesScraper(
  { metrics }: z.output<typeof processesConfig>,
  host: Host,
): Scraper {
  const enabled = enabledOf(TABLE, metrics)
  return {
    name: 'processes',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const counts = enabled.has('system.processes.count') ? await countByStatus(host) : []
      for (const [status, count] of counts) out.add('system.processes.count', count, { status })
      const [, created] = /^processes (\d+)/m.exec(host.read('stat')) ?? []
      out.add('system.processes.created', created === undefined ? undefined : Number(created))
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

async function countByStatus(host: Host): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const turns = new Turns()
  for (const name of readdirSync(host.proc(''))) {
    if (!/^\d+$/.test(name)) continue
    const status = statusOf(host, name)
    if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + 1)
    await turns.next()
  }
  return counts
}

/** Undefined where the process has ended. */
function statusOf(host: Host, pid: string): string | undefined {
  try {
    const stat = host.read(`${pid}/stat`)
    return STATUS[stat.charAt(stat.lastIndexOf(')') + 2)] ?? 'unknown'
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}
