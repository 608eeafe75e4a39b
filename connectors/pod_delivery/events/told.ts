import type { DeliveryEvent, Operation } from '../../../src/helpers/delivery/model.ts'
import { shared } from './shared_text.ts'
import type { Certainty, PodSink } from './sink.ts'

/** Who told it, and when: what all events of one record have in common. */
export interface Told {
  /** When the API server had done it, or when a watch saw it. */
  readonly seenMs: number
  /** When the request came in; 0 where that is not known. */
  readonly receivedMs: number
  readonly component: string
  readonly user: string
  readonly code: number
  /** Names the record, where what it tells has no time of its own. */
  readonly recordId: string
  /** What happened before this is told too late to be of use. */
  readonly oldestMs: number
}

/** One thing that happened to a pod. */
export interface Happened {
  readonly name: string
  /** Equal for the same thing, whoever tells of it; the name unless given. */
  readonly id?: string
  readonly timeMs?: number
  readonly certainty?: Certainty
  readonly component?: string
  readonly container?: string
  readonly message?: string
  readonly reason?: string
}

/** Longer messages are cut: the API server itself cuts those of Events at this (core/v1, `NoteLengthLimit`). */
const MAX_MESSAGE = 1024

/** The message as it is kept. */
export function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message
}

/** Tells a pod what happened to it, unless it knows. */
export function tell(pod: PodSink, told: Told, happened: Happened): void {
  const { name, id = name, timeMs = told.seenMs, certainty = 'told' } = happened
  if (timeMs < told.oldestMs || !pod.wants(id, timeMs, certainty)) return
  pod.put(operationOf(pod, told, happened, id, timeMs), certainty)
}

function operationOf(
  pod: PodSink,
  told: Told,
  { name, container = '', message = '', reason = '', component }: Happened,
  id: string,
  timeMs: number,
): Operation & DeliveryEvent {
  return {
    source: 'operation',
    id: id === name ? shared(name) : id,
    timeMs,
    pod: pod.ref,
    name: shared(name),
    component: shared(component ?? told.component),
    container: shared(container),
    code: told.code,
    user: shared(told.user),
    message: shared(shortened(message)),
    reason: shared(reason),
  }
}
