import { z } from 'zod'
import { duration } from './duration.ts'
import { wordOf } from './words.ts'

/** Severities of the log, the least first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const

/** One of them. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** zap, which the Collector logs with, has two that lie between error and fatal. */
const level = wordOf(LOG_LEVELS, { warning: 'warn', dpanic: 'fatal', panic: 'fatal' })

const sampling = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether lines that repeat are left out.'),
    tick: duration({ min: '1ms' }).prefault('10s').describe('The time in which they are counted.'),
    initial: z
      .int()
      .min(0)
      .default(10)
      .describe('So many of the same component and sentence are written, ...'),
    thereafter: z
      .int()
      .min(0)
      .default(100)
      .describe('... and then one of so many; 0: none. What was left out is said at the end.'),
  })
  .prefault({})
  .describe('Keeps lines that repeat from filling the log.')

const paths = z.array(z.string().min(1)).default(['stderr'])

/** `service.telemetry.logs`. */
export const logsConfig = z
  .strictObject({
    level: level.default('info').describe('The least severe lines that are written.'),
    encoding: z
      .enum(['console', 'json'])
      .default('console')
      .describe('Lines for people, or one JSON object a line.'),
    output_paths: paths.describe('Where lines go: `stderr`, `stdout`, a file or a `file://` URL.'),
    error_output_paths: paths.describe('Where it is said that a line could not be written.'),
    initial_fields: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('Fields that every line carries.'),
    sampling,
    disable_stacktrace: z
      .boolean()
      .default(false)
      .describe('Leave out where in the code an error was made.'),
    development: z.boolean().default(false).describe('Taken for compatibility.'),
    disable_caller: z
      .boolean()
      .default(false)
      .describe('Taken for compatibility: lines do not say where in the code they were written.'),
    disable_zap_resource: z.boolean().default(false).describe('Taken for compatibility.'),
    processors: z
      .array(z.unknown())
      .max(0, "not built: the agent's own log is not exported, write it to a file or stderr")
      .default([])
      .describe('Not built.'),
  })
  .prefault({})
  .describe("The agent's own log.")
