import type { PodRef } from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, mapOf, mapsIn, numberIn, textIn, textsIn } from './json.ts'
import {
  isJsonPatch,
  itemsOf,
  jsonPatchEvents,
  mergePatchEvents,
  updateEvents,
} from './metadata_events.ts'
import { factsOf } from './pod_facts.ts'
import { isGone, podObject } from './pod_object.ts'
import type { PodSink, Sink } from './sink.ts'
import { statusEvents } from './status_events.ts'
import { tell, type Told } from './told.ts'

/** A request to the API server that was answered. */
export interface Request {
  readonly told: Told
  readonly verb: string
  /** Its `objectRef`. */
  readonly ref: JsonMap
  readonly uri: string
  /** Its body; undefined at level `Metadata`. */
  readonly asked: unknown
  /** The answer's body; undefined below level `RequestResponse`. */
  readonly answer: JsonMap | undefined
}

/** Tells a sink what a request did to a pod, or to several. */
export function podRequest(sink: Sink, request: Request, resource: string): void {
  const { verb } = request
  if (resource === 'bindings' || resource === 'pods/binding') return binding(sink, request)
  if (resource === 'pods/eviction') return eviction(sink, request)
  if (resource === 'pods' && verb === 'create') return creation(sink, request)
  if (resource === 'pods' && verb === 'delete') return deletion(sink, request)
  if (verb === 'deletecollection') return deletionOfMany(sink, request)
  if (verb === 'patch' || verb === 'update') return change(sink, request)
  sink.ignore('resource')
}

function isPod(object: JsonMap | undefined): object is JsonMap {
  return (
    object !== undefined &&
    mapOf(object['spec']) !== undefined &&
    textIn(object, 'kind') !== 'Status'
  )
}

/** The pod of a whole object. */
export function refOf(object: JsonMap): PodRef {
  const metadata = mapIn(object, 'metadata')
  const [uid, namespace, name] = [
    textIn(metadata, 'uid'),
    textIn(metadata, 'namespace'),
    textIn(metadata, 'name'),
  ]
  return { uid, namespace, name }
}

/** The pod that a request names by what it has of it: uid, or name alone. */
function podOf(sink: Sink, { ref, asked, answer }: Request): PodSink | undefined {
  const found = isPod(answer) ? refOf(answer) : refFrom(sink, ref, mapOf(asked))
  if (found && found.uid !== '') return sink.pod(found)
  sink.ignore('no_uid')
  return undefined
}

function refFrom(sink: Sink, ref: JsonMap, asked: JsonMap | undefined): PodRef | undefined {
  const [namespace, name] = [textIn(ref, 'namespace'), textIn(ref, 'name')]
  const uid =
    textIn(ref, 'uid') ||
    textIn(mapIn(asked, 'metadata'), 'uid') ||
    textIn(mapIn(asked, 'preconditions'), 'uid') ||
    textIn(mapIn(mapIn(asked, 'deleteOptions'), 'preconditions'), 'uid')
  return uid === '' ? sink.named(namespace, name) : { uid, namespace, name }
}

function messageOf(answer: JsonMap | undefined): { message: string; reason: string } {
  return { message: textIn(answer, 'message'), reason: textIn(answer, 'reason') }
}

function creation(sink: Sink, request: Request): void {
  const { told, answer } = request
  if (told.code >= 400) return rejection(sink, request)
  if (!isPod(answer)) return creationWithoutAnswer(sink, request)
  const pod = sink.pod(refOf(answer))
  if (!pod) return
  created(pod, told, mapIn(answer, 'spec'))
  podObject(pod, told, answer)
}

/** Below level `RequestResponse` a pod has no uid, and none that is generated has a name. */
function creationWithoutAnswer(sink: Sink, { told, ref, asked }: Request): void {
  const [uid, namespace, name] = [textIn(ref, 'uid'), textIn(ref, 'namespace'), textIn(ref, 'name')]
  const pod = uid === '' ? undefined : sink.pod({ uid, namespace, name })
  if (pod) created(pod, told, mapIn(mapOf(asked), 'spec'))
  else sink.ignore('no_uid')
}

function created(pod: PodSink, told: Told, spec: JsonMap): void {
  if (told.receivedMs > 0) tell(pod, told, { name: 'pod:create:received', timeMs: told.receivedMs })
  tell(pod, told, { name: 'pod:create:success' })
  const scheduler = textIn(spec, 'schedulerName')
  const isGated = mapsIn(spec, 'schedulingGates').length > 0
  if (scheduler !== '' && !isGated && textIn(spec, 'nodeName') === '') {
    tell(pod, told, { name: `schedule:${scheduler}:entry` })
  }
}

function rejection(sink: Sink, { told, ref, asked, answer }: Request): void {
  const object = mapOf(asked)
  const metadata = mapIn(object, 'metadata')
  const pod = {
    uid: '',
    namespace: textIn(ref, 'namespace'),
    name: textIn(ref, 'name') || textIn(metadata, 'name') || textIn(metadata, 'generateName'),
  }
  const event = {
    source: 'operation',
    id: told.recordId,
    timeMs: told.seenMs,
    pod,
    name: 'pod:create:failed',
    component: told.component,
    container: '',
    code: told.code,
    user: told.user,
    ...messageOf(answer),
  } as const
  sink.reject({ facts: factsOf(pod, object ?? {}), event, receivedMs: told.receivedMs })
}

function binding(sink: Sink, request: Request): void {
  const { told, ref, asked, answer } = request
  const metadata = mapIn(mapOf(asked), 'metadata')
  const name = textIn(ref, 'name') || textIn(metadata, 'name')
  const found = refFrom(sink, { ...ref, name }, mapOf(asked))
  const pod = found && sink.pod(found)
  if (!pod) return sink.ignore('no_uid')
  const verdict = told.code >= 400 ? 'failed' : 'success'
  const id = verdict === 'failed' ? `schedule:binding:failed@${told.recordId}` : undefined
  const node = textIn(mapIn(mapOf(asked), 'target'), 'name')
  pod.bound(node)
  tell(pod, told, { name: `schedule:binding:${verdict}`, ...(id && { id }), ...messageOf(answer) })
}

function eviction(sink: Sink, request: Request): void {
  const { told, answer } = request
  const pod = podOf(sink, { ...request, answer: undefined })
  if (!pod) return
  const verdict = told.code >= 400 ? 'failed' : 'success'
  const name = `pod:eviction:${verdict}`
  tell(pod, told, { name, id: `${name}@${told.recordId}`, ...messageOf(answer) })
}

function deletion(sink: Sink, request: Request): void {
  const { told, answer, asked, uri } = request
  const pod = podOf(sink, request)
  if (!pod) return
  if (told.code >= 400) {
    const name = 'pod:delete:failed'
    return tell(pod, told, { name, id: `${name}@${told.recordId}`, ...messageOf(answer) })
  }
  const isForced =
    numberIn(mapOf(asked), 'gracePeriodSeconds') === 0 || uri.includes('gracePeriodSeconds=0')
  const gone = isPod(answer) ? isGone(answer) : isForced
  deleted(pod, told, gone)
  if (isPod(answer)) podObject(pod, told, answer)
}

/** The kubelet deletes what is asked to go already, once its containers have ended. */
function deleted(pod: PodSink, told: Told, gone: boolean): void {
  if (told.component !== 'kubelet') {
    tell(pod, told, { name: 'pod:delete:success', timeMs: told.receivedMs || told.seenMs })
  }
  if (gone) tell(pod, told, { name: 'pod:deleted:success' })
}

/**
 * Whether a pod of a deletion of many goes at once: the answer lists pods as they were before. What is
 * not scheduled or has ended has no time to end (pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
 */
function goesAtOnce(item: JsonMap, options: JsonMap | undefined): boolean {
  const [metadata, spec] = [mapIn(item, 'metadata'), mapIn(item, 'spec')]
  if (textsIn(metadata, 'finalizers').length > 0) return false
  const hasEnded = ['Failed', 'Succeeded'].includes(textIn(mapIn(item, 'status'), 'phase'))
  if (hasEnded || textIn(spec, 'nodeName') === '') return true
  const asked = numberIn(options, 'gracePeriodSeconds')
  return (asked ?? numberIn(spec, 'terminationGracePeriodSeconds') ?? 0) === 0
}

function deletionOfMany(sink: Sink, { told, asked, answer }: Request): void {
  if (told.code >= 400) return sink.ignore('failed_request')
  const items = answer ? itemsOf(answer) : []
  if (items.length === 0) return sink.ignore('level')
  for (const item of items) {
    const pod = sink.pod(refOf(item))
    if (!pod) continue
    deleted(pod, told, goesAtOnce(item, mapOf(asked)))
    podObject(pod, told, item)
  }
}

function change(sink: Sink, request: Request): void {
  const { told, asked, answer, verb } = request
  if (told.code >= 400) return sink.ignore('failed_request')
  const pod = podOf(sink, request)
  if (!pod) return
  const patch = changesOf(pod, request)
  if (isPod(answer)) {
    if (verb === 'update') updateEvents(pod, told, answer, pod.facts?.labels ?? {})
    podObject(pod, told, answer, verb === 'patch' ? patch : undefined)
    const metadata = mapIn(answer, 'metadata')
    const wasAsked = textIn(metadata, 'deletionTimestamp') !== ''
    if (wasAsked && isGone(answer)) tell(pod, told, { name: 'pod:deleted:success' })
  } else if (patch) statusEvents(pod, told, mapIn(patch, 'status'), mapIn(patch, 'status'))
  else if (asked === undefined) sink.ignore('level')
}

function changesOf(pod: PodSink, { told, asked, verb }: Request): JsonMap | undefined {
  if (isJsonPatch(asked)) return jsonPatchEvents(pod, told, asked)
  const body = mapOf(asked)
  if (body && verb === 'patch') mergePatchEvents(pod, told, body)
  return body
}
