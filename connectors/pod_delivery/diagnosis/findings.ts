import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import { codes } from './codes.ts'
import type { CodeFacts, Code } from './codes.ts'
import { judgesOf } from './judges.ts'
import { marksOf } from './marks.ts'
import type { Mark, Rule, StageJudge } from './rule.ts'
import { reasonsApart } from './scheduler_message.ts'
import { signalsOf } from './signals.ts'
import type { Signal } from './signals.ts'
import { silencesOf } from './silence.ts'

/** Something that went wrong, all that was said about it in one. */
export interface Finding {
  readonly code: Code
  readonly facts: CodeFacts
  readonly judge: StageJudge
  readonly rule: Rule
  /** What the groups of the rule found, the newest last. */
  readonly words: Readonly<Record<string, string>>
  readonly container: string
  /** By time. */
  readonly signals: readonly Signal[]
  readonly count: number
  readonly firstMs: number
  /** When it happened last; where only a status tells of it, when that was read. */
  readonly lastMs: number
  /** When it was over; undefined while it lasts. */
  readonly clearedMs: number | undefined
}

interface Match {
  readonly judge: StageJudge
  readonly rule: Rule
  readonly signal: Signal
  readonly words: Readonly<Record<string, string>>
}

/** All that went wrong with a delivery, as of `nowMs`: first what comes first in the order of stages. */
export function findingsOf(delivery: Delivery, nowMs: number): Finding[] {
  const marks = marksOf(delivery, nowMs)
  const judges = judgesOf(delivery.kind)
  const said = [...signalsOf(delivery, nowMs), ...silencesOf(delivery, marks, nowMs)]
  const matches = reasonsApart(said).flatMap((signal) => matchOf(signal, judges, delivery))
  const groups = Map.groupBy(matches, ({ rule, signal }) => `${rule.code} ${signal.container}`)
  const found = [...groups.values()].map((group) => merge(group, marks, delivery))
  return withoutVague(found.toSorted((a, b) => compare(a, b, judges)))
}

/** The first rule of the first judge that knows the signal. */
function matchOf(signal: Signal, judges: readonly StageJudge[], delivery: Delivery): Match[] {
  for (const judge of judges)
    for (const rule of judge.rules) {
      const about = rule.about.exec(signal.about)
      if (!about) continue
      const says = rule.says ? rule.says.exec(signal.part ?? signal.message) : about
      if (!says || rule.when?.(signal, delivery) === false) continue
      return [{ judge, rule, signal, words: { ...wordsOf(about), ...wordsOf(says) } }]
    }
  return []
}

function wordsOf({ groups = {} }: RegExpExecArray): Record<string, string> {
  const found = Object.entries(groups).filter(([, text]) => text !== undefined && text !== '')
  return Object.fromEntries(found)
}

function merge(matches: readonly Match[], marks: readonly Mark[], delivery: Delivery): Finding {
  const byTime = matches.toSorted((a, b) => a.signal.lastMs - b.signal.lastMs)
  const signals = byTime.map(({ signal }) => signal)
  const { judge, rule, signal } = byTime.toSorted(
    (a, b) => vaguenessOf(a.rule) - vaguenessOf(b.rule),
  )[0]!
  const sure = byTime.filter((match) => vaguenessOf(match.rule) === vaguenessOf(rule))
  return {
    code: rule.code,
    facts: codes[rule.code],
    judge,
    rule,
    words: Object.assign({}, ...byTime.map(({ words }) => words)) as Record<string, string>,
    container: signal.container,
    signals,
    count: countOf(sure.map((match) => match.signal)),
    firstMs: Math.min(...signals.map((one) => one.firstMs)),
    lastMs: lastOf(sure.map((match) => match.signal)),
    clearedMs: clearedAt(judge, signals, marks, delivery),
  }
}

/** How often: what is told of the same thing by an event and by a status happened once. */
function countOf(signals: readonly Signal[]): number {
  const groups = Map.groupBy(signals, ({ about, message }) => `${about} ${message}`)
  const counts = [...groups.values()].map((same) =>
    Math.max(new Set(same.map(({ lastMs }) => lastMs)).size, ...same.map(({ count }) => count)),
  )
  return Math.max(...counts)
}

function lastOf(signals: readonly Signal[]): number {
  const past = signals.filter(({ current }) => !current)
  return Math.max(...(past.length > 0 ? past : signals).map(({ lastMs }) => lastMs))
}

function clearedAt(
  judge: StageJudge,
  signals: readonly Signal[],
  marks: readonly Mark[],
  { outcome, endMs }: Delivery,
): number | undefined {
  const container = signals[0]!.container
  const past = signals.filter(({ current }) => !current)
  const last = Math.max(...past.map(({ lastMs }) => lastMs))
  const over = marks.find((mark) => mark.timeMs >= last && judge.over(mark, container))
  if (over && past.length === signals.length) return over.timeMs
  return outcome === 'ready' || outcome === 'succeeded' ? endMs : undefined
}

function compare(a: Finding, b: Finding, judges: readonly StageJudge[]): number {
  return (
    judges.indexOf(a.judge) - judges.indexOf(b.judge) ||
    vaguenessOf(a.rule) - vaguenessOf(b.rule) ||
    weightOf(b) - weightOf(a) ||
    a.judge.rules.indexOf(a.rule) - b.judge.rules.indexOf(b.rule)
  )
}

function weightOf({ signals }: Finding): number {
  return Math.max(...signals.map(({ weight }) => weight))
}

/** What only repeats that something is wrong is left out where something else says what. */
function withoutVague(findings: readonly Finding[]): Finding[] {
  const explains = (finding: Finding, vague: Finding): boolean =>
    vaguenessOf(finding.rule) < vaguenessOf(vague.rule) &&
    (finding.clearedMs === undefined || vague.clearedMs !== undefined) &&
    isSame(finding.container, vague.container)
  return findings.filter((vague) => !findings.some((finding) => explains(finding, vague)))
}

function vaguenessOf({ vague }: Rule): number {
  return vague ?? 0
}

/** What is about the pod is about all of its containers. */
function isSame(container: string, other: string): boolean {
  return container === other || container === '' || other === ''
}
