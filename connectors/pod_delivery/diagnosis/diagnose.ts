import type { Delivery, Diagnosis, Evidence } from '../../../src/helpers/delivery/model.ts'
import { codes } from './codes.ts'
import type { Code } from './codes.ts'
import { findingsOf, reached } from './findings.ts'
import type { Finding } from './findings.ts'
import { slowestOf, tookOf } from './slow.ts'
import type { SlowStage } from './slow.ts'
import { overText, textsOf } from './text.ts'
import { valuesOf, subjectOf } from './values.ts'

const EVIDENCE = 5
const ALSO = 5

/**
 * Why a delivery is as it is, as of `nowMs` while it lasts: the first stage, in the order in which
 * they depend on each other, that something was wrong with and still is; else the slowest stage, if one
 * was slow; else `Success`, `InProgress`, or `Unknown` where what was seen explains nothing.
 */
export function diagnose(delivery: Delivery, nowMs: number): Diagnosis {
  const toMs = delivery.endMs ?? nowMs
  const findings = findingsOf(delivery, toMs)
  const lasting = findings.filter(({ clearedMs }) => clearedMs === undefined)
  const slow = slowestOf(delivery, toMs)
  if (lasting[0] && !reached(delivery)) return ofFinding(lasting[0], findings, delivery, toMs)
  if (delivery.outcome === 'unknown') return plain('Unknown', delivery, findings, toMs)
  const held = slow && findings.find((finding) => heldUp(finding, slow))
  if (held) return ofFinding(held, findings, delivery, toMs)
  if (slow) return ofSlow(slow, findings, delivery, toMs)
  return plain(reached(delivery) ? 'Success' : leftOver(delivery), delivery, findings, toMs)
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
  const over = clearedMs === undefined ? { en: '', zh: '' } : overText(values)
  return {
    code,
    stage: judge.stage,
    owner: facts.owner,
    severity:
      clearedMs !== undefined ? 'slow' : delivery.outcome === undefined ? 'failing' : 'failed',
    subject: subjectOf(finding, delivery),
    sentence: { en: sentence.en + over.en, zh: sentence.zh + over.zh },
    action,
    evidence: evidenceOf(finding),
    also: alsoOf(findings, code),
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
  const ofStage = code === 'InProgress' && open ? { stage: open.type } : {}
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

function alsoOf(findings: readonly Finding[], code: Code): string[] {
  const lasting = findings.filter(({ clearedMs }) => clearedMs === undefined)
  const over = findings.filter(({ clearedMs }) => clearedMs !== undefined)
  const others = [...lasting, ...over].map((finding) => finding.code)
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
