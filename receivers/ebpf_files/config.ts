import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { containerRules } from '../../src/helpers/container_rules.ts'

/** Configuration of `ebpf_files`. */
export const ebpfFilesConfig = z.strictObject({
  collection_interval: duration({ min: '100ms' })
    .prefault('10s')
    .describe('Time from one look at the sums to the next.'),
  by: z
    .enum(['container', 'process'])
    .default('container')
    .describe(
      'Whose sums are kept: of each container, with systemd services and the rest of the host beside ' +
        'them, or of each process.',
    ),
  select: containerRules.describe(
    'Tell only of what one of these rules matches. Empty: of everything.',
  ),
  exclude: containerRules.describe(
    'Leave out what one of these rules matches, also where `select` takes it.',
  ),
  max_sums: z
    .int()
    .min(64)
    .max(1_048_576)
    .default(4096)
    .describe(
      'Sums that the kernel keeps at most: one for each cgroup or process, operation and error. Each ' +
        'takes 250 bytes. What comes beyond is counted as `table_full`.',
    ),
})
/** Configuration of `ebpf_files`, parsed. */
export type EbpfFilesConfig = z.output<typeof ebpfFilesConfig>
