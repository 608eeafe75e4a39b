import { z } from 'zod'
import {
  enabledOf,
  type MetricBuilder,
  metricSwitches,
  type MetricTable,
} from '../../src/helpers/metric_table.ts'
import { nameFilter, nameList } from '../../src/helpers/name_filter.ts'
import { netDevices } from '../../src/helpers/net_devices.ts'
import { isGone, type ScrapeFailure, type Scraper } from '../../src/helpers/scraper.ts'
import type { Host } from './host.ts'
import { TCP_STATES, tcpStates } from './tcp_states.ts'

type Name =
  | `system.network.${'io' | 'packets' | 'errors' | 'dropped' | 'connections'}`
  | `system.network.conntrack.${'count' | 'max'}`

const TABLE: MetricTable<Name> = {
  'system.network.io': { type: 'counter', unit: 'By', description: 'Bytes received and sent.' },
  'system.network.packets': {
    type: 'counter',
    unit: '{packets}',
    description: 'Packets received and sent.',
  },
  'system.network.errors': {
    type: 'counter',
    unit: '{errors}',
    description: 'Errors in receiving and sending.',
  },
  'system.network.dropped': {
    type: 'counter',
    unit: '{packets}',
    description: 'Packets that the interface dropped.',
  },
  'system.network.connections': {
    type: 'updown',
    unit: '{connections}',
    description: 'TCP sockets by state.',
  },
  'system.network.conntrack.count': {
    type: 'updown',
    unit: '{entries}',
    optional: true,
    description: 'Entries of the table of tracked connections.',
  },
  'system.network.conntrack.max': {
    type: 'updown',
    unit: '{entries}',
    optional: true,
    description: 'Room in the table of tracked connections.',
  },
}

/** Options of `scrapers.network`. */
export const networkConfig = z.strictObject({
  metrics: metricSwitches(TABLE),
  include: nameList('interfaces', 'interfaces').describe('Only these interfaces. Unset: all.'),
  exclude: nameList('interfaces', 'interfaces').describe('Not these.'),
})

/** The host's interfaces and TCP sockets (proc_pid_net(5)): those of process 1 where it can be seen. */
export function networkScraper(config: z.output<typeof networkConfig>, host: Host): Scraper {
  const enabled = enabledOf(TABLE, config.metrics)
  const isTaken = nameFilter(config.include, config.exclude)
  return {
    name: 'network',
    scrape: async () => {
      const out = host.builder(TABLE, enabled)
      const failures: ScrapeFailure[] = []
      addInterfaces(out, netText(host, 'dev'), isTaken)
      if (enabled.has('system.network.connections')) addConnections(out, host, failures)
      addConntrack(out, host, enabled, failures)
      return { groups: [out.group(host.resource, host.scope)], failures }
    },
  }
}

/** `/proc/net` is that of the reader's own namespace, which in a container is not the host's. */
function netText(host: Host, file: string): string {
  try {
    return host.read(`1/net/${file}`)
  } catch {
    return host.read(`net/${file}`)
  }
}

function addInterfaces(
  out: MetricBuilder<Name>,
  text: string,
  isTaken: (name: string) => boolean,
): void {
  for (const { name: device, receive, transmit } of netDevices(text)) {
    if (!isTaken(device)) continue
    for (const [direction, counts] of Object.entries({ receive, transmit })) {
      out.add('system.network.io', counts.bytes, { device, direction })
      out.add('system.network.packets', counts.packets, { device, direction })
      out.add('system.network.errors', counts.errors, { device, direction })
      out.add('system.network.dropped', counts.dropped, { device, direction })
    }
  }
}

function addConnections(out: MetricBuilder<Name>, host: Host, failures: ScrapeFailure[]): void {
  const counts = TCP_STATES.map(() => 0)
  for (const file of ['tcp', 'tcp6']) {
    try {
      tcpStates(netText(host, file), counts)
    } catch (error) {
      if (!isGone(error)) failures.push({ metrics: 1, error })
    }
  }
  for (const [i, state] of TCP_STATES.entries())
    out.add('system.network.connections', counts[i], { protocol: 'tcp', state })
}

/** The files are there once connections are tracked. */
function addConntrack(
  out: MetricBuilder<Name>,
  host: Host,
  enabled: ReadonlySet<Name>,
  failures: ScrapeFailure[],
): void {
  for (const what of ['count', 'max'] as const) {
    const name = `system.network.conntrack.${what}` as const
    if (!enabled.has(name)) continue
    try {
      out.add(name, Number(host.read(`sys/net/netfilter/nf_conntrack_${what}`)))
    } catch (error) {
      if (!isGone(error)) failures.push({ metrics: 1, error })
    }
  }
}
