import type { Delivery, DeliveryEvent } from '../../../src/helpers/delivery/model.ts'
import { findStages } from './find_stages.ts'
import { traceIdOf } from './ids.ts'
import { type Life, type LifeRules, livesOf } from './lifecycle.ts'
import type { PodState } from './pod_state.ts'
import type { StageRule } from './stage_table.ts'

/** Requests of the same moment are answered in any order: so long after its end things belong to it. */
const LATE_MS = 2000

/** How a delivery is known within its pod. */
export function keyOf({ kind, container, cause }: Life): string {
  return [kind, container, cause].filter((part) => part !== '').join(' ')
}

/** The lives of a pod, without those that were handed on. */
export function openLives(pod: PodState, expireMs: number, rules: LifeRules): readonly Life[] {
  if (pod.lives?.changes === pod.changes) return pod.lives.open
  const open = findOpen(pod, expireMs, rules)
  pod.lives = { changes: pod.changes, open }
  return open
}

function findOpen(pod: PodState, expireMs: number, rules: LifeRules): readonly Life[] {
  const { facts, events, createdByMs } = pod
  const isLeaving = [...pod.told].some((key) => key.startsWith('delete'))
  return livesOf({ facts, events, createdByMs, expireMs, isLeaving, rules }).filter(
    (life) => !pod.told.has(keyOf(life)),
  )
}

/** A delivery as it is known now. */
export function deliveryOf(pod: PodState, life: Life, rules: readonly StageRule[]): Delivery {
  const { kind, container, cause, startMs, endMs, outcome } = life
  const { facts, status, leftOut } = pod
  const toMs = (endMs ?? Infinity) + LATE_MS
  const fromMs = kind === 'create' ? 0 : startMs
  const about = pod.events.filter(
    (event) => container === '' || event.container === '' || event.container === container,
  )
  const events = about.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
  const isGood =
    outcome === 'ready' || outcome === 'succeeded' || (kind === 'delete' && outcome === 'deleted')
  return {
    kind,
    pod: facts,
    status,
    container,
    startMs,
    endMs,
    outcome,
    events: [...whyOf(life, about), ...events],
    eventsLeftOut: leftOut,
    stages: findStages(rules, { kind, facts, container, startMs, endMs, isGood, events }),
    traceId: traceIdOf('pod_delivery', pod.ref.uid, kind, container, cause),
  }
}

/** What is told before a pod is taken down, of why. */
const BEFORE_DELETE = new Set([
  'condition:DisruptionTarget:true',
  'event:Evicted',
  'event:Preempted',
  'event:TaintManagerEviction',
])
/** What the kubelet tells before it ends a container itself. */
const BEFORE_END = new Set(['event:Killing', 'event:Unhealthy'])
/** So long before its beginning something may be told of why: a node's grace, at most, in milliseconds. */
const BEFORE_MS = 60_000

/** What was told before a delivery began, and says why it did. */
function whyOf({ kind, container, startMs }: Life, about: readonly DeliveryEvent[]) {
  if (kind === 'create') return []
  const before = about.filter(({ timeMs }) => timeMs < startMs && timeMs >= startMs - BEFORE_MS)
  if (kind === 'delete') return before.filter(({ name }) => BEFORE_DELETE.has(name))
  const up = before.findLastIndex(({ name }) => name === `containerState:${container}:Running`)
  const since = up < 0 ? before : before.slice(up + 1)
  return since.filter(
    ({ name, message }) => BEFORE_END.has(name) && !message.startsWith('Readiness'),
  )
}
