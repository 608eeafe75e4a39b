import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { cidr } from '../../src/helpers/cidr.ts'
import { glob } from '../../src/helpers/selection_glob.ts'
import { ports } from '../../src/helpers/selection_ports.ts'
import { natOption } from '../../src/helpers/nat_option.ts'
import { excludeRules, selectRules } from '../../src/helpers/selection_config.ts'

/** Ranges of ports that the programs have room for. */
export const MAX_PORT_RANGES = 16

const defaultExclude = z
  .strictObject({
    own_traffic: z.boolean().default(true).describe("Flows of the agent's own process."),
  })
  .prefault({})
  .describe('What is left out although no rule says so.')

const portList = ports().refine((set) => set.ranges.length <= MAX_PORT_RANGES, {
  error: `expected at most ${MAX_PORT_RANGES} ports and ranges`,
})
const cidrList = z.array(cidr()).max(512).default([])

function isOfSockets(protocol: string): boolean {
  return protocol === 'tcp' || protocol === 'udp'
}

const filters = z
  .strictObject({
    addresses: cidrList.describe(
      'Count only flows one of whose ends lies in one of these ranges, such as `10.0.0.0/8` or ' +
        '`fd00::/8`. Empty: all. Where ranges lie in each other the narrowest one decides.',
    ),
    exclude_addresses: cidrList.describe('Leave out flows one of whose ends lies in one of these.'),
    ports: portList.optional().describe('Count only flows one of whose ports is among these.'),
    exclude_ports: portList.optional().describe('Leave out flows one of whose ports is.'),
    direction: z
      .enum(['both', 'sent', 'received'])
      .default('both')
      .describe('What of a flow is counted, from the point of view of the socket, or interface.'),
    udp_sampling: z
      .int()
      .min(1)
      .max(65_536)
      .default(1)
      .describe('Of so many UDP packets one is counted, as so many of its size. TCP stays exact.'),
  })
  .prefault({})
  .describe('What is counted at all: decided in the kernel, so that the rest costs little.')

/** Configuration of `ebpf_flows`. */
export const ebpfFlowsConfig = z
  .strictObject({
    collection_interval: duration({ min: '100ms' })
      .prefault('10s')
      .describe('How often what has happened since the time before is reported.'),
    protocols: z
      .array(z.enum(['tcp', 'udp', 'icmp', 'other']))
      .min(1)
      .default(['tcp', 'udp', 'icmp', 'other'])
      .describe(
        'What is counted; ICMP (that of IPv6, too) and other protocols at `interfaces` only. Without ' +
          '`udp` no program runs for each packet of a socket.',
      ),
    interfaces: z
      .array(glob())
      .default([])
      .describe(
        "Interfaces of the agent's network namespace, such as `eth0` or `eth*`, at which to count what " +
          'no socket of this node tells: ICMP, and what is forwarded or bridged. One that is not there ' +
          'yet is waited for.',
      ),
    max_interface_flows: z
      .int()
      .min(1)
      .max(1_048_576)
      .default(16_384)
      .describe(
        'Flows at interfaces that are counted in one interval, by direction; packets of others are ' +
          'lost, and counted as `frames_full`. Each takes about 700 bytes.',
      ),
    max_peers: z
      .int()
      .min(1)
      .max(1_048_576)
      .default(16_384)
      .describe(
        'Peers of unconnected UDP sockets that are told apart in one interval. What is sent to and ' +
          'received from others is reported without a peer. Each takes about 500 bytes.',
      ),
    drops: z
      .boolean()
      .default(true)
      .describe("Count packets that the kernel drops, with the kernel's reason."),
    nat: natOption,
    filters,
    select: selectRules,
    exclude: excludeRules,
    default_exclude: defaultExclude,
  })
  .refine(({ protocols, interfaces }) => interfaces.length > 0 || protocols.some(isOfSockets), {
    error: 'expected "tcp" or "udp" among them, or interfaces to count others at',
    path: ['protocols'],
    when: ({ issues }) => issues.length === 0,
  })
/** Configuration of `ebpf_flows`, parsed. */
export type EbpfFlowsConfig = z.output<typeof ebpfFlowsConfig>
