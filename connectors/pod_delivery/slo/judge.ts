import type { Delivery, Diagnosis, Kept, Verdict } from '../../../src/helpers/delivery/model.ts'
import { reached } from '../diagnosis/findings.ts'
import { pathOf, promiseOf } from './classes.ts'
import type { SloConfig } from './config.ts'
import { heldUp } from './held_up.ts'
import { splitTime } from './platform_time.ts'
import type { SplitTime } from './platform_time.ts'
import { upstreamTime } from './upstream.ts'

/** From all containers ready to the pod ready: the kubelet may only wait for a gate of the user in it. */
const WAITING = 'pod_ready'

/**
 * What a delivery took, whose time that was, and whether the promise was kept; as of `nowMs` while it
 * lasts. Mistakes of users take none of the platform's time, so that they break no promise.
 */
export function judgeDelivery(
  delivery: Delivery,
  options: SloConfig,
  nowMs: number,
  diagnosis: Diagnosis,
): Verdict {
  const time = timeOf(delivery, nowMs, ['user'])
  const promised = promiseOf(delivery, options)
  const upstreamMs = upstreamTime(delivery)
  return {
    class: promised?.class ?? 'unknown',
    path: pathOf(delivery.pod),
    promisedMs: promised?.promisedMs ?? 0,
    ...time,
    upstreamMs,
    kept: promised ? keptOf(delivery, time, promised.promisedMs, nowMs, diagnosis) : 'unknown',
    upstreamKept: upstreamKept(upstreamMs, options.upstream),
  }
}

function timeOf(delivery: Delivery, nowMs: number, excused: readonly string[]): SplitTime {
  const toMs = Math.max(delivery.startMs, delivery.endMs ?? nowMs)
  const stages = delivery.stages.filter(({ type }) => type !== WAITING)
  return splitTime(stages, toMs, delivery.startMs, heldUp(delivery, toMs, excused))
}

function keptOf(
  delivery: Delivery,
  { totalMs, platformMs }: SplitTime,
  promisedMs: number,
  nowMs: number,
  diagnosis: Diagnosis,
): Kept {
  const { outcome } = delivery
  if (outcome === 'unknown') return 'unknown'
  const inTime = promisedMs === 0 || platformMs <= promisedMs
  if (!inTime) return isSure(delivery, promisedMs, nowMs) ? 'broken' : 'unknown'
  if (reached(delivery)) return 'kept'
  const ended = outcome !== undefined
  if (blamed(diagnosis, 'platform') && ended) return 'broken'
  const late = promisedMs > 0 && totalMs > promisedMs
  if (blamed(diagnosis, 'user') && (ended || late)) return 'excused'
  if (outcome === 'deleted') return 'excused'
  return ended ? 'unknown' : 'open'
}

/** Whether it was too late even if all that is not known was the user's doing. */
function isSure(delivery: Delivery, promisedMs: number, nowMs: number): boolean {
  const { platformMs } = timeOf(delivery, nowMs, ['user', 'unknown'])
  return delivery.eventsLeftOut === 0 && platformMs > promisedMs
}

function blamed({ severity, owner }: Diagnosis, who: Diagnosis['owner']): boolean {
  return owner === who && (severity === 'failed' || severity === 'failing')
}

function upstreamKept(upstreamMs: number | undefined, promisedMs: number): Kept {
  if (upstreamMs === undefined) return 'unknown'
  return upstreamMs <= promisedMs ? 'kept' : 'broken'
}
