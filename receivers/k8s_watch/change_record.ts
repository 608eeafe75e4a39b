import type { Change } from '../../src/kubernetes/index.ts'
import type { LogRecord } from '../../src/pdata/logs.ts'
import { remainsOf, type KeptObject, type ObjectFacts, type ToldObject } from './told_object.ts'

/** Numbers of OTLP's levels. */
const INFO = 9
const WARN = 13
const NS_PER_MS = 1_000_000n

/** A change of an object. */
export type ObjectChange = Change<ToldObject, KeptObject>

/**
 * The record of a change: `{"type":"ADDED","object":{…}}`, as the Collector's k8sobjects receiver has
 * it as a map.
 * @param resource `pods`, `events.events.k8s.io`
 * @param nowMs milliseconds since 1970
 */
export function changeRecord(change: ObjectChange, resource: string, nowMs: number): LogRecord {
  const isGone = change.type === 'VANISHED'
  const type = isGone ? 'DELETED' : change.type
  const object = isGone ? remainsOf(change.kept.facts) : change.object.text
  const facts = isGone ? change.kept.facts : change.object.facts
  const timeMs = isGone ? nowMs : (change.object.happenedMs ?? nowMs)
  const isWarning = !isGone && change.object.isWarning
  return {
    timeNs: BigInt(Math.round(timeMs)) * NS_PER_MS,
    observedNs: BigInt(Math.round(nowMs)) * NS_PER_MS,
    severity: isWarning ? WARN : INFO,
    severityText: '',
    body: `{"type":"${type}","object":${object}}`,
    attributes: { ...attributesOf(facts, resource), ...sourceOf(change) },
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: 'k8s.watch',
  }
}

function attributesOf({ namespace, about }: ObjectFacts, resource: string): Record<string, string> {
  return {
    'k8s.resource.name': resource,
    ...(namespace !== '' && { 'k8s.namespace.name': namespace }),
    'k8s.object.kind': about.kind,
    'k8s.object.name': about.name,
    'k8s.object.uid': about.uid,
  }
}

function sourceOf(change: ObjectChange): Record<string, boolean> {
  if (change.type === 'VANISHED' || change.source === 'list') return { 'k8s.watch.relisted': true }
  return change.source === 'initial' ? { 'k8s.watch.initial': true } : {}
}
