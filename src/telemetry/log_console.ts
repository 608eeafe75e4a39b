import type { LogEntry } from './recent_log.ts'

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
}

/** An entry for people: `12:00:01.123 warn  [component] Sentence. field=value`. */
export function consoleLine({ time, level, component, message, fields }: LogEntry): string {
  const clock = time.slice(11, 23)
  const name = (LEVELS[level] ?? 'fatal').padEnd(5)
  const where = component === '' ? '' : `[${component}] `
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`)
  return `${clock} ${name} ${where}${message}${rest.join('')}\n`
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && !/\s/.test(value)) return value
  const error = value as { message?: unknown } | null
  if (typeof error?.message === 'string') return JSON.stringify(error.message)
  return JSON.stringify(value)
}
