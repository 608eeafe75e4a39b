import type { DeliveryEvent, StageError } from '../../../src/helpers/delivery/model.ts'
import type { StageRule } from './stage_table.ts'

/** Errors of one stage at most: further ones are of the last. */
const MAX_ERRORS = 32

/** What went wrong from `sinceMs` up to `untilMs`, the same in one with a count. */
export function errorsOf(
  rule: StageRule,
  events: readonly DeliveryEvent[],
  sinceMs: number,
  untilMs = Infinity,
): StageError[] {
  const all = new Map<string, StageError>()
  for (const event of events) {
    if (
      event.timeMs < sinceMs ||
      event.timeMs > untilMs ||
      !rule.isError(event) ||
      rule.isEnd(event)
    )
      continue
    const error = errorOf(event)
    const key = `${error.reason}\n${withoutNumbers(error.message)}`
    const known = all.get(key)
    if (!known && all.size >= MAX_ERRORS) continue
    all.set(key, known ? joined(known, error, event) : error)
  }
  return [...all.values()]
}

/** The same again, with another number of seconds or attempts in it. */
function withoutNumbers(message: string): string {
  return message.replaceAll(/[0-9]+/g, '#')
}

function errorOf(event: DeliveryEvent): StageError {
  const isEvent = event.source === 'event'
  return {
    reason: event.reason || event.name,
    message: event.message || exitCodeOf(event),
    count: isEvent ? event.count : 1,
    firstMs: isEvent ? event.firstMs : event.timeMs,
    lastMs: event.timeMs,
  }
}

/** Of a container that ended and left no message. */
function exitCodeOf({ name }: DeliveryEvent): string {
  const code = /;exitCode:(-?\d+)$/.exec(name)?.[1]
  return code === undefined ? '' : `exit code ${code}`
}

/** An Event counts its repeats itself; other things are counted here. */
function joined(known: StageError, error: StageError, { source }: DeliveryEvent): StageError {
  return {
    ...known,
    message: error.message,
    count: source === 'event' ? Math.max(known.count, error.count) : known.count + error.count,
    firstMs: Math.min(known.firstMs, error.firstMs),
    lastMs: Math.max(known.lastMs, error.lastMs),
  }
}
