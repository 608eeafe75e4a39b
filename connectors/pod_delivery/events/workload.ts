import type { OwnerRef } from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, mapsIn, numberIn, textIn } from './json.ts'
import { ownerOf } from './pod_facts.ts'
import type { Sink } from './sink.ts'
import { timeIn } from './time.ts'
import type { Told } from './told.ts'

/** Kinds that own pods, or what owns pods, by their resource. */
const KINDS: Readonly<Record<string, string>> = {
  replicasets: 'ReplicaSet',
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  jobs: 'Job',
  cronjobs: 'CronJob',
}

/** True for what is told by `workload`. */
export function isWorkload(resource: string): boolean {
  return Object.hasOwn(KINDS, resource)
}

/** Tells of a whole object that owns pods. */
export function workload(
  sink: Sink,
  told: Told,
  resource: string,
  object: JsonMap,
  isCreation: boolean,
): void {
  const metadata = mapIn(object, 'metadata')
  const ref: OwnerRef = {
    kind: KINDS[resource] as string,
    name: textIn(metadata, 'name'),
    uid: textIn(metadata, 'uid'),
  }
  if (ref.uid === '') return sink.ignore('no_uid')
  const done = doneOf(mapIn(object, 'status'))
  sink.workload({
    ref,
    namespace: textIn(metadata, 'namespace'),
    owner: ownerOf(metadata),
    version: Number(textIn(metadata, 'resourceVersion')) || 0,
    replicas: replicasOf(resource, mapIn(object, 'spec')),
    createdMs: isCreation ? told.seenMs : 0,
    doneMs: done ? told.seenMs : 0,
    failed: done?.['type'] === 'Failed',
  })
}

function replicasOf(resource: string, spec: JsonMap): number | undefined {
  if (resource !== 'jobs') return numberIn(spec, 'replicas')
  return numberIn(spec, 'completions') ?? numberIn(spec, 'parallelism')
}

/** The condition of a Job that has ended. */
function doneOf(status: JsonMap): JsonMap | undefined {
  return mapsIn(status, 'conditions').find(
    ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
  )
}

/** When an object was created, by its own word. */
export function createdOf(object: JsonMap): number {
  return timeIn(mapIn(object, 'metadata'), 'creationTimestamp')
}
