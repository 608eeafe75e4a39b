import pino, { type Logger as PinoLogger } from 'pino'
import { LogSink, type LogOutput } from './log_sink.ts'
import type { RecentLog } from './recent_log.ts'

/** A component's log: a fixed sentence plus fields, `log.warn({ dropped: 4 }, 'Queue full.')`. */
export type Logger = PinoLogger

/** What a logger is made of. */
export interface LogOptions {
  readonly level?: string
  /** `console` for people, `json` for machines. */
  readonly encoding?: 'console' | 'json'
  /** Where lines go; standard error unless given. */
  readonly out?: LogOutput
  /** Keeps the latest warnings and errors. */
  readonly recent?: RecentLog
  /** Takes the lines, instead of what the three before make. */
  readonly sink?: Pick<LogSink, 'write'>
  /** Fields of every line. */
  readonly initialFields?: Readonly<Record<string, unknown>>
  /** Whether errors say where in the code they were made. */
  readonly stacktraces?: boolean
}

/** The agent's logger. Components get children of it that carry their id. */
export function createLogger({
  level = 'info',
  encoding = 'json',
  out = process.stderr,
  recent,
  sink = new LogSink({ encoding, out, recent }),
  initialFields = {},
  stacktraces = true,
}: LogOptions = {}): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    ...(!stacktraces && { serializers: { err: withoutStack } }),
  }
  const log = pino(options, sink)
  return Object.keys(initialFields).length === 0 ? log : log.child(initialFields)
}

function withoutStack(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { stack: _, ...rest } = pino.stdSerializers.err(error)
  return rest
}
