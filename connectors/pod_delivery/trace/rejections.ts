import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import type { Rejection } from '../events/sink.ts'
import { findStages } from './find_stages.ts'
import { traceIdOf } from './ids.ts'
import type { StageRule } from './stage_table.ts'

/** A controller tries again and again: the same refusal is told once in so long, in milliseconds. */
const QUIET_MS = 60_000
/** Refusals that are known at most. */
const MAX_KNOWN = 1000

/** Tells a refusal from one that was there a moment ago. */
export class Rejections {
  /** Those that were like one before. */
  repeated = 0
  readonly #known = new Map<string, number>()
  #waiting: Rejection[] = []

  /** Takes one. */
  add(rejection: Rejection): void {
    this.#waiting.push(rejection)
  }

  /** Those that are to be told, of what came since. */
  take(): Rejection[] {
    if (this.#waiting.length === 0) return []
    const all = this.#waiting.toSorted((a, b) => a.event.timeMs - b.event.timeMs)
    this.#waiting = []
    return all.filter((rejection) => this.#isNew(rejection))
  }

  #isNew({ facts, event }: Rejection): boolean {
    const who = facts.owner?.uid ?? facts.name
    const key = [facts.namespace, who, event.code, alike(event.message)].join('\n')
    const toldMs = this.#known.get(key)
    if (toldMs !== undefined && event.timeMs - toldMs < QUIET_MS) {
      this.repeated++
      return false
    }
    this.#known.set(key, event.timeMs)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    return true
  }

  /** Forgets those that are long ago. */
  expire(nowMs: number): void {
    for (const [key, toldMs] of this.#known) {
      if (nowMs - toldMs >= QUIET_MS) this.#known.delete(key)
    }
  }
}

/** Without the name that was made up for this try, and without numbers. */
function alike(message: string): string {
  return message.replaceAll(/(pods?(?:\.\w+)* )"[^"]*"/gi, '$1').replaceAll(/[0-9]+/g, '#')
}

/** The delivery that never was: it began and ended with one request. */
export function rejected(
  { facts, event, receivedMs }: Rejection,
  rules: readonly StageRule[],
): Delivery {
  const startMs = receivedMs || event.timeMs
  const endMs = Math.max(startMs, event.timeMs)
  const received = {
    ...event,
    id: `${event.id}/received`,
    name: 'pod:create:received',
    timeMs: startMs,
    message: '',
    reason: '',
  }
  const events = [received, event]
  const stretch = {
    kind: 'create',
    facts,
    container: '',
    startMs,
    endMs,
    isGood: false,
    events,
  } as const
  return {
    kind: 'create',
    pod: facts,
    status: undefined,
    container: '',
    startMs,
    endMs,
    outcome: 'rejected',
    events,
    eventsLeftOut: 0,
    stages: findStages(rules, stretch),
    traceId: traceIdOf('pod_delivery', event.id, 'rejected'),
  }
}
