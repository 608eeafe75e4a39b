import { type JsonMap, mapIn, mapOf, mapsIn, NO_MAP, textIn, textsIn } from './json.ts'
import type { PodSink } from './sink.ts'
import { tell, type Told } from './told.ts'

const KINDS = [
  ['labels', 'label'],
  ['annotations', 'annotation'],
] as const

/** What a strategic merge patch or a merge patch does to labels, annotations and finalizers. */
export function mergePatchEvents(pod: PodSink, told: Told, patch: JsonMap): void {
  const metadata = mapIn(patch, 'metadata')
  for (const [field, word] of KINDS) {
    for (const [key, value] of Object.entries(mapIn(metadata, field))) {
      change(pod, told, word, value === null ? 'delete' : 'add', key)
    }
  }
  for (const name of textsIn(metadata, '$deleteFromPrimitiveList/finalizers')) {
    finalizer(pod, told, 'delete', name)
  }
  for (const name of textsIn(metadata, 'finalizers')) finalizer(pod, told, 'add', name)
}

/** What a JSON patch (RFC 6902) does to them, and to the status as far as it can be told without the object. */
export function jsonPatchEvents(pod: PodSink, told: Told, operations: readonly unknown[]): JsonMap {
  const conditions: unknown[] = []
  for (const item of operations) {
    const operation = mapOf(item) ?? NO_MAP
    const path = textIn(operation, 'path').split('/').slice(1).map(unescaped)
    const isRemoval = operation['op'] === 'remove'
    if (path[0] === 'metadata') metadataOperation(pod, told, path, isRemoval, operation['value'])
    else if (path[1] === 'conditions' && mapOf(operation['value']))
      conditions.push(operation['value'])
  }
  return { status: { conditions } }
}

/** A JSON pointer's escapes (RFC 6901). */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function metadataOperation(
  pod: PodSink,
  told: Told,
  [, field = '', key]: readonly string[],
  isRemoval: boolean,
  value: unknown,
): void {
  const word = KINDS.find(([name]) => name === field)?.[1]
  const verb = isRemoval ? 'delete' : 'add'
  if (word && key !== undefined) change(pod, told, word, verb, key)
  else if (word)
    for (const one of Object.keys(mapOf(value) ?? NO_MAP)) change(pod, told, word, verb, one)
  else if (field === 'finalizers' && typeof value === 'string') finalizer(pod, told, verb, value)
}

/** What a full update changed of labels and annotations, by what was known before. */
export function updateEvents(
  pod: PodSink,
  told: Told,
  object: JsonMap,
  before: Readonly<Record<string, string>>,
): void {
  const labels = mapIn(mapIn(object, 'metadata'), 'labels')
  for (const key of Object.keys(labels)) {
    if (labels[key] !== before[key]) change(pod, told, 'label', 'add', key)
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(labels, key)) change(pod, told, 'label', 'delete', key)
  }
}

function change(pod: PodSink, told: Told, word: string, verb: 'add' | 'delete', key: string): void {
  const name = `${word}:${verb}:${key}`
  tell(pod, told, { name, id: `${name}@${told.recordId}` })
}

function finalizer(pod: PodSink, told: Told, verb: 'add' | 'delete', key: string): void {
  tell(pod, told, { name: `finalizer:${verb}:${key}` })
}

/** True for a JSON patch. */
export function isJsonPatch(request: unknown): request is readonly unknown[] {
  return Array.isArray(request)
}

/** The items of a list that a deletion of many answered with. */
export function itemsOf(answer: JsonMap): readonly JsonMap[] {
  return mapsIn(answer, 'items')
}
