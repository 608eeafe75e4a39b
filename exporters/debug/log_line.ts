import type { LogGroup, LogList } from '../../src/pdata/logs.ts'
import { serviceName } from './fields.ts'
import type { Ink, Paint } from './paint.ts'
import { clockText, fitted, padRight, widthOf } from './text.ts'
import { plainText } from './values.ts'

/** A longer name of a service is cut. */
const MAX_SERVICE = 24
/** The text is never shorter than this, however narrow the terminal. */
const MIN_BODY = 40
const LEVEL_WIDTH = 5
const GAP = '  '

/** OTLP's levels, four severity numbers each: 1 to 4 is TRACE, 5 to 8 DEBUG, … */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** One line for each log record: time, service, level and text. */
export class LogLine {
  readonly #paint: Paint
  #serviceWidth = 8

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** Record `i` of a group as a line of at most `columns` characters where that is wide enough. */
  render({ resource, logs }: LogGroup, i: number, columns: number): string {
    const timeNs = logs.timeNs(i) || logs.observedNs(i)
    const clock = clockText(Number(timeNs / 1_000_000n))
    const service = this.#service(serviceName(resource))
    const level = padRight(fitted(levelText(logs, i), LEVEL_WIDTH), LEVEL_WIDTH)
    const room = columns - widthOf([clock, service, level, ''].join(GAP))
    const text = fitted(logText(logs, i), Math.max(MIN_BODY, room))
    return [
      this.#paint('faint', clock),
      service,
      this.#paint(levelInk(logs.severity(i)), level),
      text,
    ].join(GAP)
  }

  #service(text: string): string {
    const shown = fitted(text, MAX_SERVICE)
    this.#serviceWidth = Math.max(this.#serviceWidth, widthOf(shown))
    return padRight(shown, this.#serviceWidth)
  }
}

/** The level's name, else what its source calls it; `-` where there is none. */
function levelText(logs: LogList, i: number): string {
  return levelName(logs.severity(i)) ?? (logs.severityText(i) || '-')
}

/** OTLP's word for a severity number, lower case; undefined where it has none. */
export function levelName(severity: number): string | undefined {
  return severity >= 1 ? LEVELS[Math.floor((severity - 1) / 4)] : undefined
}

/** The text; a record without one is an event, and has a name. */
function logText(logs: LogList, i: number): string {
  const body = logs.body(i)
  return body === null ? logs.eventName(i) : plainText(body)
}

function levelInk(severity: number): Ink {
  if (severity >= 17) return 'bad'
  if (severity >= 13) return 'warning'
  return severity >= 9 || severity === 0 ? 'good' : 'faint'
}
