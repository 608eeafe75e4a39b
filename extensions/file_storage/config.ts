import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'

/** What the Collector's extension has for a database that does not shrink by itself. */
const compactionConfig = z
  .strictObject({
    on_start: z.boolean().default(false).describe('Without effect: there is nothing to compact.'),
    on_rebound: z.boolean().default(false).describe('Without effect.'),
    directory: z.string().optional().describe('Without effect.'),
    rebound_needed_threshold_mib: z.int().default(100).describe('Without effect.'),
    rebound_trigger_threshold_mib: z.int().default(10).describe('Without effect.'),
    max_transaction_size: z
      .int()
      .default(65_536)
      .refine((size) => size >= 0, {
        error: 'max transaction size for compaction cannot be less than 0',
      })
      .describe('Without effect.'),
    check_interval: duration().prefault('5s').describe('Without effect.'),
    cleanup_on_start: z.boolean().default(false).describe('Without effect.'),
  })
  .refine(({ on_rebound, check_interval }) => !on_rebound || check_interval > 0, {
    path: ['check_interval'],
    error: 'compaction check interval must be positive when rebound compaction is set',
  })
  .prefault({})
  .describe("Taken so that a Collector's file loads. Room is given back as soon as data is sent.")

/** `extensions.file_storage`: the keys of the Collector's extension. Durations are milliseconds. */
export const fileStorageConfig = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default('/var/lib/otelcol/file_storage')
    .describe('Where the files are. Each agent needs one of its own.'),
  timeout: duration()
    .prefault('1s')
    .describe('How long to wait for files that another process still uses.'),
  fsync: z
    .boolean()
    .default(false)
    .describe(
      'Wait for the disk at each write. Data then outlives a crash of the machine, not only of the agent.',
    ),
  create_directory: z.boolean().default(false).describe('Make the directory when it is not there.'),
  directory_permissions: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, { error: 'expected permissions in octal, such as "0750"' })
    .default('0750')
    .describe('Permissions of directories that are made, less the umask.'),
  recreate: z
    .boolean()
    .default(false)
    .describe('Without effect: damaged files are always put aside, and the others used on.'),
  compaction: compactionConfig,
})
/** The parsed form of `extensions.file_storage`. */
export type FileStorageConfig = z.infer<typeof fileStorageConfig>
