import { z } from 'zod'
import {
  enabledOf,
  type MetricBuilder,
  metricSwitches,
  type MetricTable,
} from '../../src/helpers/metric_table.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import { type Host, TICKS } from './host.ts'

type Name =
  | 'system.cpu.time'
  | 'system.cpu.utilization'
  | 'system.cpu.logical.count'
  | 'system.cpu.physical.count'
  | 'system.cpu.frequency'

const TABLE: MetricTable<Name> = {
  'system.cpu.time': {
    type: 'counter',
    unit: 's',
    double: true,
    description: 'Time that each logical CPU spent in each state.',
  },
  'system.cpu.utilization': {
    type: 'gauge',
    unit: '1',
    double: true,
    optional: true,
    description:
      'Share of the time since the last scrape that each logical CPU spent in each state.',
  },
  'system.cpu.logical.count': {
    type: 'updown',
    unit: '{cpu}',
    optional: true,
    description: 'Logical CPUs.',
  },
  'system.cpu.physical.count': {
    type: 'updown',
    unit: '{cpu}',
    optional: true,
    description: 'Cores of all CPUs.',
  },
  'system.cpu.frequency': {
    type: 'gauge',
    unit: 'Hz',
    double: true,
    optional: true,
    description: 'Current frequency of each logical CPU.',
  },
}

/** Options of `scrapers.cpu`. */
export const cpuConfig = z.strictObject({ metrics: metricSwitches(TABLE) })

/** The columns of `/proc/stat` that make up all of the time; guests' time is in `user` and `nice`. */
const STATES = ['user', 'nice', 'system', 'idle', 'wait', 'interrupt', 'softirq', 'steal'] as const

/** Time of each logical CPU by state (proc_stat(5)). */
export function cpuScraper({ metrics }: z.output<typeof cpuConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, metrics)
  const before = new Map<string, number[]>()
  return {
    name: 'cpu',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const cpus = cpuTimes(host.read('stat'))
      for (const [cpu, ticks] of cpus) {
        addTimes(out, cpu, ticks)
        addShares(out, cpu, ticks, before.get(cpu))
        before.set(cpu, ticks)
      }
      out.add('system.cpu.logical.count', cpus.length)
      if (enabled.has('system.cpu.physical.count') || enabled.has('system.cpu.frequency'))
        addFacts(out, host.read('cpuinfo'))
      return { groups: [out.group(host.resource, host.scope)], failures: [] }
    },
  }
}

function cpuTimes(stat: string): [string, number[]][] {
  return [...stat.matchAll(/^(cpu\d+) (.*)$/gm)].map(([, cpu = '', columns = '']) => {
    return [cpu, columns.split(' ').slice(0, STATES.length).map(Number)]
  })
}

function addTimes(out: MetricBuilder<Name>, cpu: string, ticks: readonly number[]): void {
  for (const [i, state] of STATES.entries())
    out.add('system.cpu.time', (ticks[i] ?? 0) / TICKS, { cpu, state })
}

function addShares(
  out: MetricBuilder<Name>,
  cpu: string,
  ticks: readonly number[],
  before: readonly number[] | undefined,
): void {
  if (!before) return
  const spent = ticks.map((now, i) => Math.max(0, now - (before[i] ?? 0)))
  const all = spent.reduce((sum, one) => sum + one, 0)
  if (all === 0) return
  for (const [i, state] of STATES.entries())
    out.add('system.cpu.utilization', (spent[i] ?? 0) / all, { cpu, state })
}

/** Some architectures say nothing of cores and frequencies there. */
function addFacts(out: MetricBuilder<Name>, cpuinfo: string): void {
  const cores = new Set<string>()
  for (const block of cpuinfo.split('\n\n')) {
    const value = (key: string): string =>
      new RegExp(`^${key}\\s*: (.*)$`, 'm').exec(block)?.[1] ?? ''
    const [id, core, mhz] = [value('processor'), value('core id'), value('cpu MHz')]
    if (core !== '') cores.add(`${value('physical id')} ${core}`)
    if (mhz !== '') out.add('system.cpu.frequency', Number(mhz) * 1e6, { cpu: `cpu${id}` })
  }
  if (cores.size > 0) out.add('system.cpu.physical.count', cores.size)
}
