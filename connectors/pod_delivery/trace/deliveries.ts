import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import { findStages } from './find_stages.ts'
import { traceIdOf } from './ids.ts'
import { type Life, type LifeRules, livesOf } from './lifecycle.ts'
import type { PodState } from './pod_state.ts'
import type { StageRule } from './stage_table.ts'

/** Requests of the same moment are answered in any order: so long after its end things belong to it. */
const LATE_MS = 2000

/** How a delivery is known within its pod. */
export function keyOf({ kind, container, cause }: Life): string {
  return kind === 'restart' ? `restart ${container} ${cause}` : kind
}

/** The lives of a pod, without those that were handed on. */
export function openLives(pod: PodState, expireMs: number, rules: LifeRules): Life[] {
  const { facts, events, createdByMs } = pod
  return livesOf({ facts, events, createdByMs, expireMs, rules }).filter(
    (life) => !pod.told.has(keyOf(life)),
  )
}

/** A delivery as it is known now. */
export function deliveryOf(pod: PodState, life: Life, rules: readonly StageRule[]): Delivery {
  const { kind, container, cause, startMs, endMs, outcome } = life
  const { facts, status, leftOut } = pod
  const toMs = (endMs ?? Infinity) + LATE_MS
  const fromMs = kind === 'create' ? 0 : startMs
  const events = pod.events.filter(({ timeMs, container: about }) => {
    if (timeMs < fromMs || timeMs > toMs) return false
    return container === '' || about === '' || about === container
  })
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
    events,
    eventsLeftOut: leftOut,
    stages: findStages(rules, { kind, facts, container, startMs, endMs, isGood, events }),
    traceId: traceIdOf('pod_delivery', pod.ref.uid, kind, container, cause),
  }
}
