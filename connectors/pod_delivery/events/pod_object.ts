import { type JsonMap, mapIn, mapsIn, numberIn, textIn, textsIn } from './json.ts'
import type { PodSink } from './sink.ts'
import { statusEvents } from './status_events.ts'
import { bestTime, timeIn } from './time.ts'
import { tell, type Told } from './told.ts'

/** A beginning that is read off an object may be off by the second to which objects tell times. */
const SECOND_MS = 1000

/**
 * All that a whole pod tells, each with an id of its own: whatever the order in which objects come, and
 * how often, the same is known in the end.
 * @param patch what the request changed, where that is known
 */
export function podObject(pod: PodSink, told: Told, object: JsonMap, patch?: JsonMap): void {
  pod.object(object, told.seenMs)
  const metadata = mapIn(object, 'metadata')
  const status = mapIn(object, 'status')
  beginning(pod, told, metadata, status)
  if (textIn(metadata, 'deletionTimestamp') !== '') deletion(pod, told, metadata)
  const spec = mapIn(object, 'spec')
  if (mapsIn(spec, 'schedulingGates').length === 0) queued(pod, told, spec, metadata)
  if (textIn(spec, 'nodeName') !== '') bound(pod, told, status)
  statusEvents(pod, told, status, patch && mapIn(patch, 'status'))
}

/** True for a pod that is gone with this: nothing keeps it any more. */
export function isGone(object: JsonMap): boolean {
  const metadata = mapIn(object, 'metadata')
  if (textsIn(metadata, 'finalizers').length > 0) return false
  const grace = numberIn(metadata, 'deletionGracePeriodSeconds')
  return grace === 0 || textIn(metadata, 'deletionTimestamp') === ''
}

/** The pod was created, as its own timestamp says: of use only where it was never ready since. */
function beginning(pod: PodSink, told: Told, metadata: JsonMap, status: JsonMap): void {
  const timeMs = timeIn(metadata, 'creationTimestamp')
  if (timeMs === 0 || !wasNeverReady(status)) return
  tell(pod, told, {
    name: 'pod:create:success',
    timeMs,
    certainty: 'derived',
    component: 'kube-apiserver',
  })
}

/**
 * The kubelet sets `Ready` to `False` when it takes a pod up (`startTime`), and only what was ready
 * since has a later transition.
 */
function wasNeverReady(status: JsonMap): boolean {
  const ready = mapsIn(status, 'conditions').find(({ type }) => type === 'Ready')
  if (!ready) return true
  if (ready['status'] === 'True') return false
  const since = timeIn(ready, 'lastTransitionTime')
  return since <= timeIn(status, 'startTime') + SECOND_MS
}

/**
 * `deletionTimestamp` is when the grace ends, to the second: the end of that second, so that nothing is
 * cut short by it. A grace of 0 moves it, and tells nothing of the beginning.
 */
function deletion(pod: PodSink, told: Told, metadata: JsonMap): void {
  const graceMs = (numberIn(metadata, 'deletionGracePeriodSeconds') ?? 0) * 1000
  if (graceMs === 0) return
  const secondMs = timeIn(metadata, 'deletionTimestamp') - graceMs
  const timeMs = Math.max(secondMs, Math.min(secondMs + SECOND_MS - 1, told.seenMs))
  tell(pod, told, {
    name: 'pod:delete:success',
    timeMs,
    certainty: 'derived',
    component: 'kube-apiserver',
  })
}

function queued(pod: PodSink, told: Told, spec: JsonMap, metadata: JsonMap): void {
  const scheduler = textIn(spec, 'schedulerName')
  if (scheduler === '') return
  tell(pod, told, {
    name: `schedule:${scheduler}:entry`,
    timeMs: bestTime(timeIn(metadata, 'creationTimestamp'), told.seenMs),
    certainty: 'derived',
    component: 'kube-apiserver',
  })
}

function bound(pod: PodSink, told: Told, status: JsonMap): void {
  const scheduled = mapsIn(status, 'conditions').find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'True',
  )
  tell(pod, told, {
    name: 'schedule:binding:success',
    timeMs: bestTime(timeIn(scheduled, 'lastTransitionTime'), told.seenMs),
    certainty: 'derived',
    component: 'kube-scheduler',
  })
}
