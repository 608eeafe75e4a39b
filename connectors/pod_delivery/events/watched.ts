import { type JsonMap, mapIn, mapOf, textIn } from './json.ts'
import { kubernetesEvent } from './kubernetes_event.ts'
import { updateEvents } from './metadata_events.ts'
import { podObject } from './pod_object.ts'
import { refOf } from './pod_requests.ts'
import type { Sink } from './sink.ts'
import { bestTime } from './time.ts'
import { tell, type Told } from './told.ts'
import { createdOf, workload } from './workload.ts'

const RESOURCES: Readonly<Record<string, string>> = {
  ReplicaSet: 'replicasets',
  Deployment: 'deployments',
  Job: 'jobs',
}

/** What a watch says of an object, or an object that was listed. */
export interface Watched {
  readonly type: string
  readonly object: JsonMap
}

/** The watched object of a body; undefined for one that is of another shape. */
export function watchedOf(body: JsonMap): Watched | undefined {
  const object = mapOf(body['object'])
  if (object) return { type: textIn(body, 'type'), object }
  return textIn(body, 'kind') === '' ? undefined : { type: 'MODIFIED', object: body }
}

/**
 * Tells a sink what a watched object says.
 * @param seenMs when the watch saw it
 */
export function watchedObject(
  sink: Sink,
  { type, object }: Watched,
  seenMs: number,
  keptMs: number,
): void {
  if (type === 'BOOKMARK' || type === 'ERROR') return sink.ignore('nothing_new')
  const told: Told = {
    seenMs,
    receivedMs: 0,
    component: 'kube-apiserver',
    user: '',
    code: 0,
    recordId: `rv${textIn(mapIn(object, 'metadata'), 'resourceVersion')}`,
    oldestMs: seenMs - keptMs,
  }
  const kind = textIn(object, 'kind')
  if (kind === 'Pod') watchedPod(sink, told, type, object)
  else if (kind === 'Event') event(sink, told, type, object)
  else if (RESOURCES[kind] !== undefined) owner(sink, told, RESOURCES[kind], type, object)
  else sink.ignore('resource')
}

function event(sink: Sink, told: Told, type: string, object: JsonMap): void {
  // Events are deleted when they are old.
  if (type === 'DELETED') sink.ignore('nothing_new')
  else kubernetesEvent(sink, told, object)
}

function watchedPod(sink: Sink, told: Told, type: string, object: JsonMap): void {
  const ref = refOf(object)
  if (ref.uid === '') return sink.ignore('no_uid')
  const pod = sink.pod(ref)
  if (!pod) return
  if (type === 'MODIFIED' && pod.facts?.complete) updateEvents(pod, told, object, pod.facts.labels)
  podObject(pod, { ...told, component: 'kubelet' }, object)
  if (type === 'DELETED') tell(pod, told, { name: 'pod:deleted:success' })
}

function owner(sink: Sink, told: Told, resource: string, type: string, object: JsonMap): void {
  if (type === 'DELETED') return sink.ignore('nothing_new')
  const createdMs = createdOf(object)
  // A list begins with objects of any age.
  const isNew = type === 'ADDED' && bestTime(createdMs, told.seenMs) === told.seenMs
  workload(sink, told, resource, object, isNew)
}
