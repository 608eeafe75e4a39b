import pino, { type Logger as PinoLogger } from 'pino'

/** A component's log: a fixed sentence plus fields, `log.warn({ dropped: 4 }, 'Queue full.')`. */
export type Logger = PinoLogger

/** `service.telemetry.logs`. */
export interface LogOptions {
  readonly level?: string
  /** `console` for people, `json` for machines. */
  readonly encoding?: 'console' | 'json'
  /** Where lines go; standard error unless given. */
  readonly out?: { write(text: string): unknown }
}

/** The agent's logger. Components get children of it that carry their id. */
export function createLogger({
  level = 'info',
  encoding = 'json',
  out = process.stderr,
}: LogOptions = {}): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (encoding === 'json') return pino(options, { write: (line) => void out.write(line) })
  return pino(options, { write: (line) => void out.write(toConsole(line)) })
}

const LEVELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
}

interface LogLine {
  readonly time: string
  readonly level: number
  readonly msg: string
  readonly component?: string
  readonly [field: string]: unknown
}

/** One JSON line of pino's as `12:00:01.123 warn  [component] Sentence. field=value`. */
function toConsole(line: string): string {
  const { time, level, msg, component, ...fields } = JSON.parse(line) as LogLine
  const clock = time.slice(11, 23)
  const name = (LEVELS[level] ?? 'fatal').padEnd(5)
  const where = component === undefined ? '' : `[${component}] `
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`)
  return `${clock} ${name} ${where}${msg}${rest.join('')}\n`
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && !/\s/.test(value)) return value
  const error = value as { message?: unknown } | null
  if (typeof error?.message === 'string') return JSON.stringify(error.message)
  return JSON.stringify(value)
}
