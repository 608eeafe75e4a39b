import { z } from 'zod'
import { natOption } from '../../src/helpers/nat_option.ts'
import { duration } from '../../src/config/index.ts'
import { excludeRules, selectRules } from '../../src/helpers/selection_config.ts'

const defaultExclude = z
  .strictObject({
    own_traffic: z.boolean().default(true).describe("Connections of the agent's own process."),
  })
  .prefault({})
  .describe('What is left out although no rule says so.')

/** Configuration of `ebpf_sockets`. */
export const ebpfSocketsConfig = z.strictObject({
  select: selectRules,
  exclude: excludeRules,
  default_exclude: defaultExclude,
  collection_interval: duration({ min: '100ms' })
    .prefault('10s')
    .describe('How often connections that are open are reported. Those that end are at once.'),
  nat: natOption,
  ring_buffer_mib: z
    .union([
      z.literal(1),
      z.literal(2),
      z.literal(4),
      z.literal(8),
      z.literal(16),
      z.literal(32),
      z.literal(64),
    ])
    .default(8)
    .describe(
      'Size of the ring buffer between kernel and agent, a power of two. 8 MiB hold 52,000 ends of ' +
        'connections, one and a third seconds at 40,000 a second.',
    ),
})
/** Configuration of `ebpf_sockets`, parsed. */
export type EbpfSocketsConfig = z.output<typeof ebpfSocketsConfig>
