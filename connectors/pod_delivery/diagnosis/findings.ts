import type { Delivery, DeliveryKind } from '../../../src/helpers/delivery/model.ts'
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

/** Whoever judges a delivery asks for its findings, and it is the same moment mostly. */
const lastFound = new WeakMap<Delivery, { nowMs: number; findings: readonly Finding[] }>()

/** All that went wrong with a delivery, as of `nowMs`: first what comes first in the order of stages. */
export function findingsOf(delivery: Delivery, nowMs: number): readonly Finding[] {
  const last = lastFound.get(delivery)
  if (last?.nowMs === nowMs) return last.findings
  const findings = findAll(delivery, nowMs)
  lastFound.set(delivery, { nowMs, findings })
  return findings
}

function findAll(delivery: Delivery, nowMs: number): Finding[] {
  const marks = marksOf(delivery, nowMs)
  const judges = judgesOf(delivery.kind)
  const all = [...signalsOf(delivery, nowMs), ...silencesOf(delivery, marks, nowMs)]
  const said = reached(delivery)
    ? all.filter(({ firstMs, current }) => firstMs <= nowMs && !current)
    : all
  const matches = reasonsApart(said).flatMap((signal) => matchOf(signal, delivery))
  const groups = Map.groupBy(matches, ({ rule, signal }) => `${rule.code} ${signal.container}`)
  const found = [...groups.values()].map((group) => merge(group, marks, delivery))
  return withoutVague(withDoubt(found).toSorted((a, b) => compare(a, b, judges)))
}

/** Whether a delivery is where it was to go: what happens to the pod from then on is not about it. */
export function reached({ kind, outcome }: Delivery): boolean {
  return outcome === (kind === 'delete' ? 'deleted' : 'ready') || outcome === 'succeeded'
}

/** Nodes that are out of order, or may be: had they not been, the pod might have fitted there. */
const OUT_OF_ORDER: readonly Code[] = ['TaintedNodes', 'NodesNotReady', 'NodesUnschedulable']

/** What a user's wishes for nodes do is a user's without doubt only where all nodes are in order. */
function withDoubt(findings: readonly Finding[]): Finding[] {
  const doubt = findings.some((one) => OUT_OF_ORDER.includes(one.code) && weightOf(one) > 0)
  if (!doubt) return [...findings]
  return findings.map((finding) => {
    const isWish = finding.facts.owner === 'user' && weightOf(finding) > 0
    return isWish ? { ...finding, facts: { ...finding.facts, owner: 'unknown' } } : finding
  })
}

interface Candidate {
  readonly judge: StageJudge
  readonly rule: Rule
  readonly words: Readonly<Record<string, string>>
}

/** Reasons of events are anybody's to invent: more than these are looked up each time. */
const MAX_KNOWN = 1000
const known = new Map<string, readonly Candidate[]>()

/** The rules that are about such signals, in order: there are few reasons, and many events with each. */
function candidatesFor(about: string, kind: DeliveryKind): readonly Candidate[] {
  const key = `${kind} ${about}`
  const found = known.get(key)
  if (found) return found
  const candidates = judgesOf(kind).flatMap((judge) =>
    judge.rules.flatMap((rule) => {
      const match = rule.about.exec(about)
      return match ? [{ judge, rule, words: wordsOf(match) }] : []
    }),
  )
  if (known.size < MAX_KNOWN) known.set(key, candidates)
  return candidates
}

/** The first rule of the first judge that knows the signal. */
function matchOf(signal: Signal, delivery: Delivery): Match[] {
  for (const { judge, rule, words } of candidatesFor(signal.about, delivery.kind)) {
    const says = rule.says?.exec(signal.part ?? signal.message)
    if (says === null || rule.when?.(signal, delivery) === false) continue
    return [{ judge, rule, signal, words: says ? { ...words, ...wordsOf(says) } : words }]
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
    Math.max(
      new Set(same.filter(({ ofStatus }) => !ofStatus).map(({ lastMs }) => lastMs)).size,
      ...same.map(({ count }) => count),
    ),
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
  delivery: Delivery,
): number | undefined {
  const container = signals[0]!.container
  const past = signals.filter(({ current }) => !current)
  const last = Math.max(...past.map(({ lastMs }) => lastMs))
  const over = marks.find((mark) => mark.timeMs >= last && judge.over(mark, container))
  if (over && past.length === signals.length) return over.timeMs
  return reached(delivery) ? delivery.endMs : undefined
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
