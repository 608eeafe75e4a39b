import type {
  DeliveryEvent,
  DeliveryKind,
  PodFacts,
  Stage,
} from '../../../src/helpers/delivery/model.ts'
import { goDuration } from './go_duration.ts'
import { errorsOf } from './stage_errors.ts'
import type { StageRule } from './stage_table.ts'
import { isSubject, subjectOf, subjectsBySpec } from './subjects.ts'

/** API servers whose clocks differ by up to this put an end before its beginning, in milliseconds. */
const SKEW_MS = 5000

/** A delivery of which the stages are looked for. */
export interface Stretch {
  readonly kind: DeliveryKind
  readonly facts: PodFacts
  /** The container of a restart; empty for others. */
  readonly container: string
  readonly startMs: number
  readonly endMs: number | undefined
  /** True where it came to its good end: then all that it needed has ended, too. */
  readonly isGood: boolean
  /** By time. */
  readonly events: readonly DeliveryEvent[]
}

/** The stages of a delivery, by their beginning. */
export function findStages(rules: readonly StageRule[], stretch: Stretch): Stage[] {
  const path = stretch.facts.restartPolicy === 'Always' ? 'service' : 'job'
  const stages: Stage[] = []
  const concerning = byRule(rules, stretch.events)
  for (const [i, rule] of rules.entries()) {
    const { kinds, path: wanted, after } = rule.config
    if (!kinds.includes(stretch.kind) || (wanted !== 'any' && wanted !== path)) continue
    const before = after === undefined ? [] : stages.filter(({ type }) => type === after)
    const found = stagesOf(rule, stretch, concerning[i] ?? [])
    stages.push(...found.flatMap((stage) => behind(stage, before) ?? []))
  }
  return stages.toSorted((a, b) => a.startMs - b.startMs)
}

/** Names of containers and conditions are anybody's to invent: more than these are looked up each time. */
const MAX_KNOWN = 10_000
const known = new WeakMap<readonly StageRule[], Map<string, readonly number[]>>()

/** For each rule the events that it may be about: there are few names, and many events of each. */
function byRule(
  rules: readonly StageRule[],
  events: readonly DeliveryEvent[],
): readonly (readonly DeliveryEvent[])[] {
  const concerning: DeliveryEvent[][] = rules.map(() => [])
  for (const event of events) {
    for (const i of rulesFor(rules, event.name)) concerning[i]?.push(event)
  }
  return concerning
}

/** The places of the rules that events of a name may concern. */
function rulesFor(rules: readonly StageRule[], name: string): readonly number[] {
  const names = known.get(rules) ?? new Map<string, readonly number[]>()
  known.set(rules, names)
  const found = names.get(name)
  if (found) return found
  const places = rules.flatMap((rule, i) => (rule.mayConcern(name) ? [i] : []))
  if (names.size < MAX_KNOWN) names.set(name, places)
  return places
}

/** The stage as it is behind others: it has not begun before all of them have ended. */
function behind(stage: Stage, others: readonly Stage[]): Stage | undefined {
  const ends = others.map(({ endMs = Infinity }) => endMs)
  const startMs = Math.max(stage.startMs, ...ends)
  if (startMs === stage.startMs) return stage
  if (startMs <= (stage.endMs ?? startMs) && Number.isFinite(startMs)) return { ...stage, startMs }
  return stage.endMs === undefined ? undefined : { ...stage, startMs: stage.endMs }
}

interface Matched {
  readonly event: DeliveryEvent
  readonly subject: string
}

/** What no event about the pod ends for all of them at once. */
const ENDED_ALONE: ReadonlySet<string | undefined> = new Set(['gate', 'finalizer'])

function stagesOf(
  rule: StageRule,
  stretch: Stretch,
  concerning: readonly DeliveryEvent[],
): Stage[] {
  const all: Matched[] = []
  for (const event of concerning) {
    if (!rule.isStart(event) && !rule.isEnd(event) && !rule.isError(event)) continue
    all.push({ event, subject: subjectOf(rule.config, event, stretch.facts) })
  }
  if (all.length === 0) return []
  return subjectsIn(rule, stretch, all).flatMap((subject) => {
    const events = all
      .filter((one) => one.subject === subject || one.subject === '')
      .map(({ event }) => event)
    const ends = all.filter((one) => rule.isEnd(one.event) && isEndOf(rule, one.subject, subject))
    return (
      stageOf(
        rule,
        stretch,
        subject,
        events,
        ends.map(({ event }) => event),
      ) ?? []
    )
  })
}

function isEndOf({ config }: StageRule, about: string, subject: string): boolean {
  return about === subject || (about === '' && !ENDED_ALONE.has(config.per))
}

function subjectsIn(rule: StageRule, stretch: Stretch, all: readonly Matched[]): readonly string[] {
  const { config } = rule
  if (config.per === undefined) return ['']
  const named = all.map(({ subject }) => subject).filter((subject) => subject !== '')
  const subjects = new Set([...named, ...subjectsBySpec(config, stretch.facts)])
  const { container, facts } = stretch
  return [...subjects].filter((subject) => {
    if (config.per === 'container' && container !== '' && subject !== container) return false
    return isSubject(config, subject, facts)
  })
}

function stageOf(
  rule: StageRule,
  stretch: Stretch,
  subject: string,
  events: readonly DeliveryEvent[],
  ends: readonly DeliveryEvent[],
): Stage | undefined {
  const start = startOf(rule, events, ends) ?? startByDuration(rule, ends)
  const begun = start ?? firstErrorMs(rule, events)
  if (begun === undefined || (stretch.endMs !== undefined && begun > stretch.endMs + SKEW_MS))
    return undefined
  const end = endOf(rule, events, ends, begun)
  const { type, owner, component } = rule.config
  const startMs = within(begun, stretch)
  const endMs = end?.timeMs ?? (stretch.isGood ? stretch.endMs : undefined)
  return {
    type,
    subject,
    owner,
    component,
    startMs,
    endMs: endMs === undefined ? undefined : Math.max(startMs, within(endMs, stretch)),
    waitedMs: end ? waitedOf(rule, end) : 0,
    errors: errorsOf(rule, events, startMs, endMs ?? stretch.endMs),
  }
}

/** What lies outside the delivery by the clock of another API server is at its edge. */
function within(timeMs: number, { startMs, endMs }: Stretch): number {
  return Math.max(startMs, endMs === undefined ? timeMs : Math.min(timeMs, endMs))
}

/** The latest beginning that has an end behind it, or else the latest. */
function startOf(
  rule: StageRule,
  events: readonly DeliveryEvent[],
  ends: readonly DeliveryEvent[],
): number | undefined {
  const starts = rule.starts
    .flatMap((tests) => firstTimes(tests, events, rule.config.per === undefined))
    .toSorted((a, b) => b - a)
  const lastEnd = ends.at(-1)
  if (!lastEnd) return starts[0]
  const closed = starts.find((timeMs) => timeMs <= lastEnd.timeMs)
  return closed ?? starts.findLast((timeMs) => timeMs <= lastEnd.timeMs + SKEW_MS) ?? starts[0]
}

/** What went wrong at once has no beginning of its own. */
function firstErrorMs(rule: StageRule, events: readonly DeliveryEvent[]): number | undefined {
  return events.find((event) => rule.isError(event) && !rule.isEnd(event))?.timeMs
}

/** When each of the named things happened first; of alternatives only the first of all. */
function firstTimes(
  tests: readonly ((event: DeliveryEvent) => boolean)[],
  events: readonly DeliveryEvent[],
  isWhole: boolean,
): number[] {
  const firsts = new Map<string, number>()
  for (const event of events) {
    if (!tests.some((test) => test(event))) continue
    if (tests.length > 1) return [event.timeMs]
    // Volumes are attached one by one; what is of one container is tried again.
    const isOne = isWhole && event.source === 'event'
    const key = isOne ? `${event.name} ${event.message}` : event.name
    if (!firsts.has(key)) firsts.set(key, event.timeMs)
  }
  return [...firsts.values()]
}

/** Told by the end alone: it took so long. */
function startByDuration(rule: StageRule, ends: readonly DeliveryEvent[]): number | undefined {
  const [end] = ends
  if (!end) return undefined
  const { work, all = work } = durations(rule, end)
  return all === undefined ? undefined : end.timeMs - all
}

function waitedOf(rule: StageRule, end: DeliveryEvent): number {
  const { work, all } = durations(rule, end)
  if (work === undefined || all === undefined) return 0
  return Math.max(0, Math.round((all - work) * 1000) / 1000)
}

function durations(
  { duration }: StageRule,
  { message }: DeliveryEvent,
): { work?: number | undefined; all?: number | undefined } {
  const [, work, all] = duration?.exec(message) ?? []
  return {
    work: work === undefined ? undefined : goDuration(work),
    all: all === undefined ? undefined : goDuration(all),
  }
}

/**
 * The earliest end after the beginning. An error behind it, before it all begins again, shows that it
 * was none: then the earliest after that.
 */
function endOf(
  rule: StageRule,
  events: readonly DeliveryEvent[],
  ends: readonly DeliveryEvent[],
  startMs: number,
): DeliveryEvent | undefined {
  let end = ends.find(({ timeMs }) => timeMs >= startMs)
  // A clock that is behind: the end is there, and it was before its beginning.
  if (!end) return ends.findLast(({ timeMs }) => timeMs >= startMs - SKEW_MS)
  for (const event of events) {
    if (event.timeMs <= end.timeMs) continue
    if (rule.isStart(event)) return end
    if (!rule.isError(event) || rule.isEnd(event)) continue
    const next = ends.find(({ timeMs }) => timeMs >= event.timeMs)
    if (!next) return end
    end = next
  }
  return end
}
