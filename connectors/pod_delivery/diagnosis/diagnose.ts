import type { Delivery, Diagnosis, Evidence } from '../../../src/helpers/delivery/model.ts'
import { codes } from './codes.ts'
import type { Code } from './codes.ts'
import { findingsOf, reached } from './findings.ts'
import type { Finding } from './findings.ts'
import { againText, causeOf, loopText } from './restarts.ts'
import { slowestOf, tookOf } from './slow.ts'
import type { SlowStage } from './slow.ts'
import { overText, textsOf } from './text.ts'
import { valuesOf, subjectOf } from './values.ts'

const EVIDENCE = 5
const ALSO = 5

/** What is nobody's trouble: somebody asked for it. */
const WISHED = new Set<Code>(['EvictedByApi'])

/**
 * Why a delivery is as it is, as of `nowMs` while it lasts: the first stage, in the order in which
 * they depend on each other, that something was wrong with and still is; else why a container was
 * started again or a pod taken down; else the slowest stage, if one was slow; else `Success`,
 * `InProgress`, or `Unknown` where what was seen explains nothing.
 */
export function diagnose(delivery: Delivery, nowMs: number): Diagnosis {
  const toMs = delivery.endMs ?? nowMs
  const findings = findingsOf(delivery, toMs)
  const cause = causeOf(delivery, findings)
  const wrong = findings.find((one) => one.clearedMs === undefined && one !== cause)
  if (wrong && !reached(delivery)) return ofFinding(wrong, findings, delivery, toMs)
  if (delivery.kind === 'restart' && reached(delivery))
    return ofRestart(cause, findings, delivery, toMs)
  const ofDeletion = cause && ofCause(cause, findings, delivery, toMs)
  if (ofDeletion && !WISHED.has(cause.code)) return ofDeletion
  if (delivery.outcome === 'unknown')
    return ofDeletion ?? plain('Unknown', delivery, findings, toMs)
  const late = ofTime(findings, delivery, toMs)
  const rest = reached(delivery) ? 'Success' : leftOver(delivery)
  return late ?? ofDeletion ?? plain(rest, delivery, findings, toMs)
}

/** What took too long, and what held that up. */
function ofTime(
  findings: readonly Finding[],
  delivery: Delivery,
  toMs: number,
): Diagnosis | undefined {
  const slow = slowestOf(delivery, toMs)
  const held = slow && findings.find((finding) => heldUp(finding, slow))
  if (held) return ofFinding(held, findings, delivery, toMs)
  return slow && ofSlow(slow, findings, delivery, toMs)
}

/** A container that is ready again: why it ended, and what took long then. */
function ofRestart(
  cause: Finding | undefined,
  findings: readonly Finding[],
  delivery: Delivery,
  toMs: number,
): Diagnosis {
  const others = findings.filter((finding) => finding !== cause)
  const late = ofTime(others, delivery, toMs)
  const base = cause
    ? { ...ofFinding(cause, findings, delivery, toMs), severity: 'failing' as const }
    : (late ?? plain('Success', delivery, findings, toMs))
  const tookMs = toMs - delivery.startMs
  const words = cause ? valuesOf(cause, delivery, toMs).words : {}
  const text = againText(cause?.code, { words, times: 1, lastMs: toMs, tookMs }, delivery)
  const also = late && cause ? [late.code, ...base.also] : base.also
  return {
    ...base,
    sentence: late
      ? { en: `${text.en} ${late.sentence.en}`, zh: text.zh + late.sentence.zh }
      : text,
    also: [...new Set(also)].filter((code) => code !== base.code).slice(0, ALSO),
  }
}

/** Why a pod was taken down. */
function ofCause(
  cause: Finding,
  findings: readonly Finding[],
  delivery: Delivery,
  toMs: number,
): Diagnosis {
  const { sentence } = textsOf(cause.code, valuesOf(cause, delivery, toMs))
  const lasts = delivery.outcome === 'expired' ? 'failed' : 'failing'
  const severity: Diagnosis['severity'] =
    reached(delivery) && WISHED.has(cause.code) ? 'none' : lasts
  const diagnosis = { ...ofFinding(cause, findings, delivery, toMs), sentence, severity }
  return severity === 'none' ? { ...diagnosis, owner: 'none' } : diagnosis
}

function leftOver({ outcome }: Delivery): 'InProgress' | 'Unknown' {
  return outcome === undefined ? 'InProgress' : 'Unknown'
}

/** Whether something that was wrong for a while, and is no more, made up most of a slow stage. */
function heldUp({ judge, firstMs, clearedMs }: Finding, { stage, tookMs }: SlowStage): boolean {
  if (!judge.holds.includes(stage.type) && judge.stage !== stage.type) return false
  return clearedMs !== undefined && clearedMs - firstMs > tookMs / 2
}

function ofFinding(
  finding: Finding,
  findings: readonly Finding[],
  delivery: Delivery,
  toMs: number,
): Diagnosis {
  const { code, facts, judge, clearedMs } = finding
  const values = valuesOf(finding, delivery, toMs)
  const { sentence, action } = textsOf(code, values)
  const lasts = clearedMs === undefined
  const more = lasts ? loopText(delivery, finding.container) : overText(values)
  const loops = lasts && more.en !== '' ? ['CrashLoopBackOff'] : []
  return {
    code,
    stage: judge.stage,
    owner: facts.owner,
    severity: !lasts ? 'slow' : delivery.outcome === undefined ? 'failing' : 'failed',
    subject: subjectOf(finding, delivery),
    sentence: { en: sentence.en + more.en, zh: sentence.zh + more.zh },
    action,
    evidence: evidenceOf(finding),
    also: alsoOf(findings, code, loops),
  }
}

function ofSlow(
  { stage, code, tookMs }: SlowStage,
  findings: readonly Finding[],
  delivery: Delivery,
  toMs: number,
): Diagnosis {
  const { subject, type, startMs, endMs } = stage
  const words = {
    subject: subject || type,
    stage: type,
    node: delivery.pod.nodeName,
    pod: delivery.pod.name,
  }
  const end = endMs === undefined ? [] : [{ timeMs: endMs, text: `${type} ended` }]
  return {
    code,
    stage: codes[code].stage || type,
    owner: codes[code].owner === 'unknown' ? stage.owner : codes[code].owner,
    severity: 'slow',
    subject,
    ...textsOf(code, { words, times: 1, lastMs: endMs ?? toMs, tookMs }),
    evidence: [{ timeMs: startMs, text: `${type} began` }, ...end],
    also: alsoOf(findings, code),
  }
}

function plain(
  code: 'Success' | 'InProgress' | 'Unknown',
  delivery: Delivery,
  findings: readonly Finding[],
  toMs: number,
): Diagnosis {
  const open = delivery.stages.filter(({ endMs }) => endMs === undefined).at(-1)
  const underWay =
    code === 'InProgress' || (delivery.outcome === 'unknown' && findings.length === 0)
  const ofStage = underWay && open ? { stage: open.type } : {}
  const words = { pod: delivery.pod.name, ...ofStage }
  const tookMs = code === 'InProgress' && open ? tookOf(open, toMs) : toMs - delivery.startMs
  return {
    code,
    stage: open && code === 'InProgress' ? open.type : '',
    owner: codes[code].owner,
    severity: 'none',
    subject: '',
    ...textsOf(code, { words, times: 1, lastMs: toMs, tookMs }),
    evidence: [],
    also: alsoOf(findings, code),
  }
}

function alsoOf(findings: readonly Finding[], code: Code, first: readonly string[] = []): string[] {
  const lasting = findings.filter(({ clearedMs }) => clearedMs === undefined)
  const over = findings.filter(({ clearedMs }) => clearedMs !== undefined)
  const others = [...first, ...[...lasting, ...over].map((finding) => finding.code)]
  return [...new Set(others)].filter((other) => other !== code).slice(0, ALSO)
}

/** The newest of what was said, one line for each text. */
function evidenceOf({ signals }: Finding): Evidence[] {
  const lines = new Map<string, Evidence>()
  for (const { about, message, count, lastMs, exitCode, container } of signals) {
    const name = about.slice(about.indexOf(' ') + 1)
    const of = container === '' ? '' : ` (${container})`
    const often = count > 1 ? ` ×${count}` : ''
    const exit = exitCode === undefined ? '' : `, exit code ${exitCode}`
    const said = message === '' ? '' : `: ${message}`
    lines.set(`${name}${said}`, { timeMs: lastMs, text: `${name}${of}${often}${exit}${said}` })
  }
  return [...lines.values()].toSorted((a, b) => a.timeMs - b.timeMs).slice(-EVIDENCE)
}
