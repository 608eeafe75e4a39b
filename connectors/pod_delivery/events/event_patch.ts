import type { KubernetesEvent } from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, textIn } from './json.ts'
import type { Sink } from './sink.ts'
import { bestTime } from './time.ts'
import { shortened, type Told } from './told.ts'
import { countOf, timesOf } from './kubernetes_event.ts'

/**
 * A patch of an Event of which the answer is not in the log (audit level `Request`): it says how often,
 * and what is new; the rest is known from its creation.
 */
export function eventPatch(sink: Sink, told: Told, ref: JsonMap, patch: JsonMap): void {
  const name = textIn(ref, 'name')
  const known = sink.named(textIn(ref, 'namespace'), name.slice(0, name.lastIndexOf('.')))
  const pod = known && sink.pod(known)
  const first = pod?.event(name)
  if (!pod || !first) return sink.ignore('level')
  const count = countOf(patch)
  const { lastMs } = timesOf(patch)
  const timeMs = bestTime(lastMs, told.seenMs)
  const id = `event/${name}/${count}`
  if (!pod.wants(id, timeMs, 'told')) return
  const message = textIn(patch, 'message') || textIn(patch, 'note')
  const event: KubernetesEvent = {
    ...first,
    id,
    timeMs,
    count,
    message: message === '' ? first.message : shortened(message),
  }
  pod.put(event, 'told')
}
