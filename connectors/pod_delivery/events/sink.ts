import type {
  DeliveryEvent,
  KubernetesEvent,
  Operation,
  OwnerRef,
  PodFacts,
  PodRef,
} from '../../../src/helpers/delivery/model.ts'
import type { JsonMap } from './json.ts'

/** Why something of the input tells nothing of a delivery. */
export const IGNORED = [
  'resource',
  'stage',
  'dry_run',
  'failed_request',
  'level',
  'no_uid',
  'other_shard',
  'gone',
  'not_a_pod',
  'nothing_new',
] as const
/** One of them. */
export type Ignored = (typeof IGNORED)[number]

/** How sure an event is: told by a request of its own, or read off an object that was seen later. */
export type Certainty = 'told' | 'derived'

/** One pod, which takes what is told of it. */
export interface PodSink {
  readonly ref: PodRef
  /** The newest whole object's facts, where one was seen. */
  readonly facts: PodFacts | undefined
  /** False for what is known already, from then or from before. */
  wants(id: string, timeMs: number, certainty: Certainty): boolean
  put(event: DeliveryEvent, certainty: Certainty): void
  /** The node that it was given, as far as that is told before a whole object is seen. */
  bound(node: string): void
  /** What is known of the Event of a name. */
  event(name: string): KubernetesEvent | undefined
  /** A whole object; older ones than the newest are passed over. */
  object(pod: JsonMap, seenMs: number): void
}

/** A request for a pod that the API server refused. */
export interface Rejection {
  readonly facts: PodFacts
  readonly event: Operation
  readonly receivedMs: number
}

/** What something owns, or how many of it there shall be. */
export interface WorkloadChange {
  readonly ref: OwnerRef
  readonly namespace: string
  readonly owner: OwnerRef | undefined
  /** Which of two changes is the newer one. */
  readonly version: number
  /** Undefined where it is not told. */
  readonly replicas: number | undefined
  /** When it was created, where this tells of that; 0 elsewhere. */
  readonly createdMs: number
  /** When it was said that it is done, and how; 0 elsewhere. */
  readonly doneMs: number
  readonly failed: boolean
}

/** Takes what is read from a log. */
export interface Sink {
  /** The pod; undefined where it is followed elsewhere. */
  pod(ref: PodRef): PodSink | undefined
  /** The pod that has the name now. */
  named(namespace: string, name: string): PodRef | undefined
  reject(rejection: Rejection): void
  workload(change: WorkloadChange): void
  ignore(reason: Ignored): void
}
