import type { Delivery, Outcome, OwnerRef } from '../../../src/helpers/delivery/model.ts'
import type { WorkloadChange } from '../events/sink.ts'
import { dropOldest } from './drop_oldest.ts'
import { spanIdOf, traceIdOf } from './ids.ts'

/** A pod of a rollout, as much as its rollout tells of it. */
export interface RolledPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly startMs: number
  readonly endMs: number
  readonly outcome: Outcome
  readonly traceId: string
  readonly message: string
}

/** A rollout, from its ReplicaSet or Job to its last pod; plain data, so that it can be handed over. */
export interface KeptRollout {
  readonly ref: OwnerRef
  readonly namespace: string
  readonly workload: OwnerRef | undefined
  /** 0 until its creation is told: what is told of it before may have come in another order. */
  readonly startMs: number
  /** When it was heard of first. */
  readonly heardMs: number
  readonly version: number
  readonly desired: number
  readonly pods: readonly RolledPod[]
  readonly doneMs: number
  readonly failed: boolean
}

/** One that has ended. */
export interface Rollout extends KeptRollout {
  readonly endMs: number
  readonly outcome: Outcome
  readonly traceId: string
}

/** How a pod's trace is linked to its rollout. */
export interface RolloutLink {
  readonly traceId: string
  readonly spanId: string
}

type Open = { -readonly [K in keyof KeptRollout]: KeptRollout[K] } & { dueMs: number }

/** Rollouts that are followed at most. */
const MAX_OPEN = 2000
/** How long the creation of one may come late, in milliseconds. */
const UNBEGUN_MS = 60_000
/** Sums of times are not exact to the last digit. */
const ROUNDING_MS = 1
/** Pods that one tells of at most. */
const MAX_PODS = 1000

/** Follows rollouts by what is told of their owners and by their pods' deliveries. */
export class Rollouts {
  /** Rollouts that were given up for lack of room. */
  evicted = 0
  readonly #settleMs: number
  readonly #expireMs: number
  readonly #open = new Map<string, Open>()
  /** How many pods a Deployment shall have in the end. */
  readonly #desired = new Map<string, number>()
  /** Before this none has ended: they are many, and are asked for with each batch. */
  #soonestMs = Infinity

  constructor(settleMs: number, expireMs: number) {
    this.#settleMs = settleMs
    this.#expireMs = expireMs
  }

  get size(): number {
    return this.#open.size
  }

  /** Takes what is told of what owns pods. */
  workload(change: WorkloadChange, nowMs: number): void {
    const { ref } = change
    if (ref.kind === 'Deployment') return this.#deployment(change)
    if (ref.kind !== 'ReplicaSet' && ref.kind !== 'Job') return
    const known = this.#open.get(ref.uid)
    // Of most that is told the beginning was long ago.
    if (!known && change.createdMs === 0 && this.#open.size >= MAX_OPEN / 2) return
    const open = known ?? this.#begin(change, nowMs)
    if (change.version >= open.version) {
      open.version = change.version
      open.desired = change.replicas ?? open.desired
    }
    open.startMs ||= change.createdMs
    open.doneMs ||= change.doneMs
    open.failed ||= change.failed
    this.#look(open, nowMs)
  }

  #deployment({ ref, replicas }: WorkloadChange): void {
    if (replicas === undefined) return
    this.#desired.delete(ref.uid)
    this.#desired.set(ref.uid, replicas)
    dropOldest(this.#desired, MAX_OPEN)
  }

  #begin({ ref, namespace, owner }: WorkloadChange, nowMs: number): Open {
    if (dropOldest(this.#open, MAX_OPEN - 1)) this.evicted++
    const open: Open = {
      ref,
      namespace,
      workload: owner,
      startMs: 0,
      heardMs: nowMs,
      version: -1,
      desired: 1,
      pods: [],
      doneMs: 0,
      failed: false,
      dueMs: Infinity,
    }
    this.#open.set(ref.uid, open)
    return open
  }

  /** Takes a pod's delivery that has ended; returns what its trace is linked to. */
  delivery(delivery: Delivery, nowMs: number): RolloutLink | undefined {
    const { kind, pod, endMs, outcome } = delivery
    const open = pod.owner && kind === 'create' ? this.#open.get(pod.owner.uid) : undefined
    if (!open || open.startMs === 0 || endMs === undefined || !outcome) return undefined
    if (open.pods.length < MAX_PODS) open.pods = [...open.pods, rolledOf(delivery, endMs, outcome)]
    this.#look(open, nowMs)
    return rolloutLink(open.ref)
  }

  #look(open: Open, nowMs: number): void {
    const isUp = this.#wanted(open) > 0 && upOf(open) >= this.#wanted(open)
    if (isUp || open.doneMs > 0) open.dueMs = Math.min(open.dueMs, nowMs + this.#settleMs)
    this.#soonestMs = Math.min(this.#soonestMs, this.#endsMs(open))
  }

  /** When it ends at the latest, as far as that is known now. */
  #endsMs({ startMs, heardMs, dueMs }: Open): number {
    return startMs === 0 ? heardMs + UNBEGUN_MS : Math.min(dueMs, startMs + this.#expireMs)
  }

  #wanted({ workload, desired }: Open): number {
    return Math.max(desired, this.#desired.get(workload?.uid ?? '') ?? 0)
  }

  /** Those that have ended by now. */
  finished(nowMs: number): Rollout[] {
    const ended: Rollout[] = []
    if (nowMs < this.#soonestMs - ROUNDING_MS) return ended
    this.#soonestMs = Infinity
    for (const [uid, open] of this.#open) {
      const isOld =
        nowMs - (open.startMs || open.heardMs) >= (open.startMs ? this.#expireMs : UNBEGUN_MS)
      if (!isOld && (open.startMs === 0 || open.dueMs > nowMs)) {
        this.#soonestMs = Math.min(this.#soonestMs, this.#endsMs(open))
        continue
      }
      this.#open.delete(uid)
      if (open.startMs === 0) continue
      const rollout = this.#ended(open)
      if (rollout) ended.push(rollout)
    }
    return ended
  }

  /** Those that have ended, at the end of the agent. */
  end(): Rollout[] {
    return this.finished(Infinity).filter(({ outcome }) => outcome !== 'expired')
  }

  /** Where no pod was to be, there was no rollout. */
  #ended(open: Open): Rollout | undefined {
    if (open.pods.length === 0 && this.#wanted(open) === 0) return undefined
    const isDone = Number.isFinite(open.dueMs)
    const lastMs = Math.max(open.doneMs, ...open.pods.map(({ endMs }) => endMs))
    const endMs = isDone ? Math.max(open.startMs, lastMs) : open.startMs + this.#expireMs
    const good = open.ref.kind === 'Job' ? 'succeeded' : 'ready'
    const outcome = open.failed ? 'failed' : isDone ? good : 'expired'
    return { ...open, endMs, outcome, traceId: rolloutLink(open.ref).traceId }
  }

  /** Those under way. */
  get kept(): KeptRollout[] {
    return [...this.#open.values()]
  }

  restore(all: readonly KeptRollout[]): void {
    for (const kept of all) this.#open.set(kept.ref.uid, { ...kept, dueMs: Infinity })
    for (const open of this.#open.values()) this.#look(open, open.doneMs || open.startMs)
  }
}

function upOf({ pods }: Open): number {
  return pods.filter(({ outcome }) => outcome === 'ready' || outcome === 'succeeded').length
}

function rolledOf(delivery: Delivery, endMs: number, outcome: Outcome): RolledPod {
  const { pod, startMs, traceId, events } = delivery
  const { namespace, name, uid } = pod
  const failure = events.findLast(({ name: event }) => event === 'pod:create:failed')
  return { namespace, name, uid, startMs, endMs, outcome, traceId, message: failure?.message ?? '' }
}

/** The root span of a rollout: the same wherever and whenever it is followed. */
export function rolloutLink({ uid }: OwnerRef): RolloutLink {
  const traceId = traceIdOf('pod_delivery', uid, 'rollout')
  return { traceId, spanId: spanIdOf(traceId, 'root') }
}
