import { createHash } from 'node:crypto'
import type { KubernetesObject } from '../../src/kubernetes/index.ts'

/** A trimmed object as JSON, with what its record says of it. */
export interface ToldObject {
  readonly text: string
  /** Equal for two states of an object that differ only in their version. */
  readonly digest: string
  readonly facts: ObjectFacts
  /** When it happened, by its own word, in milliseconds since 1970; undefined where it does not say. */
  readonly happenedMs: number | undefined
  /** It is an event of the type `Warning`. */
  readonly isWarning: boolean
}

/** What an object is, and for an event what it is about. */
export interface ObjectFacts {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Of the object that an event is about; otherwise the same as `kind`, `name` and `uid`. */
  readonly about: { readonly kind: string; readonly name: string; readonly uid: string }
}

/** What is kept of an object until it vanishes. */
export interface KeptObject {
  readonly facts: ObjectFacts
  readonly digest: string
}

/** An object as it is told. @param trim leaves out what nobody needs */
export function toldObject(
  object: KubernetesObject,
  trim: (object: KubernetesObject) => object,
): ToldObject {
  const text = JSON.stringify(trim(object))
  return {
    text,
    digest: digestOf(text, object.metadata.resourceVersion ?? ''),
    facts: factsOf(object),
    happenedMs: object.kind === 'Event' ? eventTime(object) : undefined,
    isWarning: object['type'] === 'Warning',
  }
}

/** What is kept of what was told. */
export function keptObject({ facts, digest }: ToldObject): KeptObject {
  return { facts, digest }
}

/** All that is still known of an object that is gone, as JSON. */
export function remainsOf({ apiVersion, kind, namespace, name, uid }: ObjectFacts): string {
  return JSON.stringify({ kind, apiVersion, metadata: { name, namespace, uid } })
}

function digestOf(text: string, version: string): string {
  const unversioned = text.replace(`"resourceVersion":${JSON.stringify(version)}`, '')
  return createHash('sha1').update(unversioned).digest('base64')
}

function factsOf(object: KubernetesObject): ObjectFacts {
  const { apiVersion = '', kind = '', metadata } = object
  const { namespace = '', name = '', uid = '' } = metadata
  // involvedObject in core/v1, regarding in events.k8s.io/v1.
  const about = fieldsOf(object['involvedObject'] ?? object['regarding'] ?? { kind, name, uid })
  return {
    apiVersion,
    kind,
    namespace,
    name,
    uid,
    about: { kind: textIn(about, 'kind'), name: textIn(about, 'name'), uid: textIn(about, 'uid') },
  }
}

/** The last time of an event, in whichever of its fields there is one. */
function eventTime(event: KubernetesObject): number | undefined {
  const times = [
    fieldsOf(event['series'])['lastObservedTime'],
    event['lastTimestamp'] ?? event['deprecatedLastTimestamp'],
    event['eventTime'],
    event.metadata.creationTimestamp,
  ]
  const found = times.map((time) => (typeof time === 'string' ? Date.parse(time) : Number.NaN))
  return found.find((time) => !Number.isNaN(time))
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textIn(fields: Readonly<Record<string, unknown>>, key: string): string {
  const value = fields[key]
  return typeof value === 'string' ? value : ''
}
