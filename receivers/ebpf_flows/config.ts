import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { excludeRules, selectRules } from '../../src/helpers/selection_config.ts'

const defaultExclude = z
  .strictObject({
    own_traffic: z.boolean().default(true).describe("Flows of the agent's own process."),
  })
  .prefault({})
  .describe('What is left out although no rule says so.')

/** Configuration of `ebpf_flows`. */
export const ebpfFlowsConfig = z.strictObject({
  collection_interval: duration({ min: '100ms' })
    .prefault('10s')
    .describe('How often what has happened since the time before is reported.'),
  protocols: z
    .array(z.enum(['tcp', 'udp']))
    .min(1)
    .default(['tcp', 'udp'])
    .describe('What is counted. Without `udp` no program runs for each packet.'),
  max_peers: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(16_384)
    .describe(
      'Peers of unconnected UDP sockets that are told apart in one interval. What is sent to and ' +
        'received from others is reported without a peer. Each takes about 450 bytes.',
    ),
  drops: z
    .boolean()
    .default(true)
    .describe("Count packets that the kernel drops, with the kernel's reason."),
  select: selectRules,
  exclude: excludeRules,
  default_exclude: defaultExclude,
})
/** Configuration of `ebpf_flows`, parsed. */
export type EbpfFlowsConfig = z.output<typeof ebpfFlowsConfig>
