import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'

const rotationConfig = z
  .strictObject({
    max_megabytes: z
      .number()
      .positive()
      .default(100)
      .describe('A file that would become larger than this many MiB is put aside first.'),
    max_days: z
      .int()
      .min(0)
      .default(0)
      .describe('Files put aside longer ago than this are deleted. 0 keeps them.'),
    max_backups: z
      .int()
      .min(0)
      .default(100)
      .describe('How many files that were put aside are kept. 0 keeps all.'),
    localtime: z
      .boolean()
      .default(false)
      .describe("The time in the names of files is this machine's local time instead of UTC."),
  })
  .optional()
  .describe('Puts full files aside. Without it there is one file.')
/** The parsed form of `rotation`, where it is given. */
export type RotationConfig = NonNullable<z.infer<typeof rotationConfig>>

/** `exporters.file`: the keys of the Collector's file exporter. Durations are milliseconds. */
export const fileConfig = z
  .strictObject({
    path: z.string().min(1).describe('The file to write.'),
    create_directory: z
      .boolean()
      .default(false)
      .describe('Make the folder of the file when it is not there.'),
    append: z
      .boolean()
      .default(false)
      .describe(
        'Write behind what is in the file already instead of emptying it. Not with `rotation`, which always does.',
      ),
    format: z
      .enum(['json', 'proto'])
      .default('json')
      .describe(
        'OTLP/JSON, one request per line, or OTLP protobuf, each request behind its length in 4 bytes, big-endian.',
      ),
    flush_interval: duration()
      .prefault('1s')
      .describe('How long data may wait in memory to be written. 0 writes every batch at once.'),
    rotation: rotationConfig,
  })
  .refine(({ append, rotation }) => !append || rotation === undefined, {
    path: ['append'],
    error: 'expected false where rotation is set',
  })
/** The parsed form of `exporters.file`. */
export type FileConfig = z.infer<typeof fileConfig>
