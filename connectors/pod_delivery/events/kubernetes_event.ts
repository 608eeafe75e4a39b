import type { KubernetesEvent, PodRef } from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, numberIn, textIn } from './json.ts'
import { shared } from './shared_text.ts'
import type { PodSink, Sink } from './sink.ts'
import { bestTime, timeIn } from './time.ts'
import { shortened, type Told } from './told.ts'

const FIELD = /^spec\.(?:initContainers|containers|ephemeralContainers)\{(.+)\}$/

/** The pod that a whole Event is about, of core/v1 or events.k8s.io/v1; undefined where it is about something else. */
export function podOfEvent(event: JsonMap): PodRef | undefined {
  const about = aboutOf(event)
  if (textIn(about, 'kind') !== 'Pod') return undefined
  const [uid, namespace, name] = ['uid', 'namespace', 'name'].map((key) => textIn(about, key)) as [
    string,
    string,
    string,
  ]
  return { uid, namespace, name }
}

/** Tells a pod of a Kubernetes Event about it. */
export function kubernetesEvent(sink: Sink, told: Told, event: JsonMap): void {
  const ref = podOfEvent(event)
  if (!ref) return sink.ignore('not_a_pod')
  // A node's own pods are known to the kubelet by another uid than to the API server.
  const known = ref.uid === '' ? sink.named(ref.namespace, ref.name) : ref
  if (!known) return sink.ignore('no_uid')
  const pod = sink.pod(known)
  if (pod) tellEvent(pod, told, event)
}

function tellEvent(pod: PodSink, told: Told, event: JsonMap): void {
  const count = countOf(event)
  const { firstMs, lastMs } = timesOf(event)
  const timeMs = bestTime(lastMs, told.seenMs)
  const id = `event/${textIn(mapIn(event, 'metadata'), 'name')}/${count}`
  if (timeMs < told.oldestMs || !pod.wants(id, timeMs, 'told')) return
  pod.put(
    made(pod, told, event, { id, timeMs, count, firstMs: count === 1 ? timeMs : firstMs }),
    'told',
  )
}

function made(
  pod: PodSink,
  told: Told,
  event: JsonMap,
  facts: Pick<KubernetesEvent, 'id' | 'timeMs' | 'count' | 'firstMs'>,
): KubernetesEvent {
  const reason = textIn(event, 'reason')
  return {
    source: 'event',
    ...facts,
    firstMs: facts.firstMs || facts.timeMs,
    pod: pod.ref,
    name: shared(`event:${reason}`),
    component: shared(componentOf(event) || told.component),
    container: shared(FIELD.exec(textIn(aboutOf(event), 'fieldPath'))?.[1] ?? ''),
    reason: shared(reason),
    message: shared(shortened(textIn(event, 'message') || textIn(event, 'note'))),
    type: event['type'] === 'Warning' ? 'Warning' : 'Normal',
  }
}

function aboutOf(event: JsonMap): JsonMap {
  return event['regarding'] === undefined
    ? mapIn(event, 'involvedObject')
    : mapIn(event, 'regarding')
}

/** How often an Event, or the patch of one, says that it happened; at least 1. */
export function countOf(event: JsonMap): number {
  const counts = [
    numberIn(mapIn(event, 'series'), 'count'),
    numberIn(event, 'count'),
    numberIn(event, 'deprecatedCount'),
  ]
  return Math.max(1, ...counts.map((count) => count ?? 0))
}

/** When it happened first and last; 0 where it does not say. */
export function timesOf(event: JsonMap): { firstMs: number; lastMs: number } {
  const firstMs =
    timeIn(event, 'eventTime') ||
    timeIn(event, 'firstTimestamp') ||
    timeIn(event, 'deprecatedFirstTimestamp')
  const lastMs =
    timeIn(mapIn(event, 'series'), 'lastObservedTime') ||
    timeIn(event, 'lastTimestamp') ||
    timeIn(event, 'deprecatedLastTimestamp') ||
    firstMs
  return { firstMs, lastMs }
}

function componentOf(event: JsonMap): string {
  const names = [
    textIn(event, 'reportingController'),
    textIn(event, 'reportingComponent'),
    textIn(mapIn(event, 'source'), 'component'),
    textIn(mapIn(event, 'deprecatedSource'), 'component'),
  ]
  const name = names.find((one) => one !== '') ?? ''
  // The default profile calls the scheduler by its own name.
  return name === 'default-scheduler' ? 'kube-scheduler' : name
}
