import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { extensionId } from '../../src/config/extension_reference.ts'

/** `receivers.otlp_file`: keys of the Collector's receiver of OTLP/JSON files. Durations are milliseconds. */
export const otlpFileConfig = z.strictObject({
  include: z
    .array(z.string().min(1))
    .min(1)
    .describe('The files to read, by paths or patterns such as `/var/log/otlp/*.json`.'),
  exclude: z.array(z.string().min(1)).default([]).describe('Which of them are left out.'),
  start_at: z
    .enum(['beginning', 'end'])
    .default('end')
    .describe(
      'Where the files that are there at the start are read from, unless `storage` knows better. What comes later is read whole.',
    ),
  poll_interval: duration({ min: '10ms' })
    .prefault('200ms')
    .describe('How often files are looked at.'),
  replay_file: z
    .boolean()
    .default(false)
    .describe('Read all files once, from their beginning to their end, and follow none.'),
  max_line_size_mib: z
    .number()
    .positive()
    .max(512)
    .default(16)
    .describe('A longer line is skipped.'),
  max_concurrent_files: z
    .int()
    .min(1)
    .default(1024)
    .describe('How many files are kept open; more are read when one of those is gone.'),
  storage: extensionId()
    .optional()
    .describe('Id of a storage extension: reading goes on where it ended, also after a restart.'),
})

/** The parsed form of `receivers.otlp_file`. */
export type OtlpFileConfig = z.output<typeof otlpFileConfig>
