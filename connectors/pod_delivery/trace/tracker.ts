import type { Delivery, Outcome, OwnerRef, PodRef } from '../../../src/helpers/delivery/model.ts'
import type { Ignored, PodSink, Rejection, Sink, WorkloadChange } from '../events/sink.ts'
import { dropOldest } from './drop_oldest.ts'
import { hashOf } from './ids.ts'
import { deliveryOf, keyOf, openLives } from './deliveries.ts'
import type { Life, LifeRules } from './lifecycle.ts'
import { type KeptPod, PodState } from './pod_state.ts'
import { rejected, Rejections } from './rejections.ts'
import type { StageRule } from './stage_table.ts'

/** A pod of which nothing is under way is kept for so long, in milliseconds: its creation may come late. */
const IDLE_MS = 60_000
/** How often all pods are looked through, in milliseconds of the API servers' time. */
const SWEEP_MS = 1000

/** Why a pod was forgotten. */
export const EVICTED = ['idle', 'max_pods', 'unbegun'] as const

/** What a tracker is told by. */
export interface TrackerOptions {
  readonly rules: readonly StageRule[]
  readonly life: LifeRules
  readonly settleMs: number
  readonly expireMs: number
  readonly maxPods: number
  readonly maxEvents: number
  readonly shard: { readonly index: number; readonly count: number }
  /** Takes a delivery that has ended, with the pod that it is of. */
  readonly onFinished: (delivery: Delivery, pod: PodState | undefined) => void
  readonly onWorkload: (change: WorkloadChange) => void
}

/** Follows pods: takes what is told of them, and hands on what has ended. */
export class Tracker implements Sink {
  readonly ignored = new Map<Ignored, number>()
  readonly evicted = new Map<(typeof EVICTED)[number], number>()
  late = 0
  leftOut = 0
  readonly #options: TrackerOptions
  readonly #pods = new Map<string, PodState>()
  /** Uids of the pods that have had a name, the newest last. */
  readonly #names = new Map<string, string[]>()
  /** Pods of which something was told since they were looked at. */
  readonly #touched = new Set<PodState>()
  /** When a pod's delivery has settled, by the API servers' time. */
  readonly #due = new Map<PodState, number>()
  /** The uids of the last pods that were seen to go. */
  readonly #gone = new Set<string>()
  readonly #rejections = new Rejections()
  readonly #workloads = new Map<string, OwnerRef>()
  #nowMs = 0
  #sweptMs = 0

  constructor(options: TrackerOptions) {
    this.#options = options
  }

  /** Pods that are kept. */
  get size(): number {
    return this.#pods.size
  }

  get pods(): Iterable<PodState> {
    return this.#pods.values()
  }

  /** Deliveries under way. */
  *open(): Generator<{ readonly pod: PodState; readonly life: Life }> {
    for (const pod of this.#pods.values()) {
      for (const life of this.livesOf(pod)) yield { pod, life }
    }
  }

  /** What is under way of a pod. */
  livesOf(pod: PodState): readonly Life[] {
    return openLives(pod, this.#options.expireMs, this.#options.life)
  }

  /** A delivery as it is known now. */
  deliveryOf(pod: PodState, life: Life): Delivery {
    return deliveryOf(pod, life, this.#options.rules)
  }

  pod(ref: PodRef): PodSink | undefined {
    const known = this.#pods.get(ref.uid)
    if (known) {
      this.#touched.add(known)
      return known
    }
    if (this.#gone.has(ref.uid)) {
      this.ignore('gone')
      return undefined
    }
    const { shard } = this.#options
    if (shard.count > 1 && hashOf(ref.uid) % shard.count !== shard.index) {
      this.ignore('other_shard')
      return undefined
    }
    return this.#add(ref)
  }

  #add(ref: PodRef): PodState {
    if (this.#pods.size >= this.#options.maxPods) this.#makeRoom()
    const pod = new PodState(ref, this.#options.maxEvents, () => void this.late++)
    pod.lastMs = this.#nowMs
    this.#pods.set(ref.uid, pod)
    const name = `${ref.namespace}/${ref.name}`
    const uids = this.#names.get(name)
    if (uids) uids.push(ref.uid)
    else this.#names.set(name, [ref.uid])
    this.#touched.add(pod)
    return pod
  }

  named(namespace: string, name: string): PodRef | undefined {
    const uid = this.#names.get(`${namespace}/${name}`)?.at(-1)
    return uid === undefined ? undefined : this.#pods.get(uid)?.ref
  }

  /** The pods that have had a name, the newest first. */
  allNamed(namespace: string, name: string): PodRef[] {
    const uids = this.#names.get(`${namespace}/${name}`) ?? []
    return uids.toReversed().flatMap((uid) => this.#pods.get(uid)?.ref ?? [])
  }

  reject(rejection: Rejection): void {
    const { shard } = this.#options
    if (shard.count > 1 && hashOf(rejection.event.id) % shard.count !== shard.index) {
      return this.ignore('other_shard')
    }
    this.#rejections.add(rejection)
  }

  /** Requests that were refused like another shortly before. */
  get repeatedRejections(): number {
    return this.#rejections.repeated
  }

  workload(change: WorkloadChange): void {
    const { ref, owner } = change
    if (owner) {
      this.#workloads.delete(ref.uid)
      this.#workloads.set(ref.uid, owner)
      dropOldest(this.#workloads, this.#options.maxPods)
    }
    this.#options.onWorkload(change)
  }

  ignore(reason: Ignored): void {
    this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + 1)
  }

  /** Looks at what was told: what has ended settles, what has settled is handed on. */
  advance(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    for (const rejection of this.#rejections.take()) {
      this.#options.onFinished(rejected(rejection, this.#options.rules), undefined)
    }
    for (const pod of this.#touched) this.#look(pod)
    this.#touched.clear()
    for (const [pod, dueMs] of this.#due) {
      if (dueMs <= this.#nowMs) this.#settle(pod)
    }
    if (this.#nowMs - this.#sweptMs >= SWEEP_MS) this.#sweep()
  }

  #look(pod: PodState): void {
    pod.trim()
    this.#resolve(pod)
    if (this.#due.has(pod)) return
    if (this.livesOf(pod).some(({ outcome }) => outcome !== undefined)) {
      this.#due.set(pod, this.#nowMs + this.#options.settleMs)
    }
  }

  /** What owns the pod's owner, where that is known for certain. */
  #resolve(pod: PodState): void {
    const { owner, workload } = pod.facts
    if (!owner || (workload && workload.uid !== '')) return
    const known = this.#workloads.get(owner.uid)
    if (known) pod.facts = { ...pod.facts, workload: known }
  }

  #settle(pod: PodState): void {
    this.#due.delete(pod)
    for (const life of this.livesOf(pod)) {
      if (life.outcome === undefined) continue
      const dueMs = (life.endMs ?? 0) + this.#options.settleMs
      // One that ended later than the one that is due waits for its own late events.
      if (dueMs <= this.#nowMs) this.#finish(pod, life)
      else this.#due.set(pod, dueMs)
    }
  }

  #finish(pod: PodState, life: Life): void {
    pod.finished(keyOf(life))
    this.#options.onFinished(this.deliveryOf(pod, life), pod)
    if (life.kind === 'create') pod.created(life.endMs)
    if (life.kind === 'delete' && life.outcome === 'deleted' && life.cause === '')
      return this.#bury(pod)
    const others = this.livesOf(pod).map(({ startMs }) => startMs)
    pod.clear(Math.min(life.endMs ?? 0, ...others.map((startMs) => startMs - 1)))
  }

  #sweep(): void {
    this.#sweptMs = this.#nowMs
    this.#rejections.expire(this.#nowMs)
    for (const pod of this.#pods.values()) {
      const lives = this.livesOf(pod)
      for (const life of lives) this.#expire(pod, life)
      if (lives.length === 0 && this.#nowMs - pod.lastMs > IDLE_MS) {
        this.#evict(pod, pod.told.size > 0 ? 'idle' : 'unbegun')
      }
    }
  }

  #expire(pod: PodState, life: Life): void {
    const { expireMs } = this.#options
    if (life.outcome !== undefined || this.#nowMs - life.startMs < expireMs) return
    this.#finish(pod, { ...life, endMs: life.startMs + expireMs, outcome: 'expired' })
  }

  /** Hands on what has ended; with an outcome also what has not. */
  end(outcome: Outcome | undefined): number {
    this.advance(this.#nowMs)
    let left = 0
    for (const pod of this.#pods.values()) {
      for (const life of this.livesOf(pod)) {
        if (life.outcome !== undefined) this.#finish(pod, life)
        else if (outcome)
          this.#finish(pod, { ...life, endMs: Math.max(life.startMs, this.#nowMs), outcome })
        else left++
      }
    }
    return left
  }

  #makeRoom(): void {
    let scanned = 0
    for (const pod of this.#pods.values()) {
      if (this.livesOf(pod).length === 0) return this.#evict(pod, 'max_pods')
      if (++scanned === 32) break
    }
    const [oldest] = this.#pods.values()
    if (oldest) this.#evict(oldest, 'max_pods')
  }

  #evict(pod: PodState, reason: (typeof EVICTED)[number]): void {
    this.evicted.set(reason, (this.evicted.get(reason) ?? 0) + 1)
    this.#forget(pod)
  }

  /** What comes later of a pod that is gone was told before, or is too late. */
  #bury(pod: PodState): void {
    this.#forget(pod)
    this.#gone.add(pod.ref.uid)
    if (this.#gone.size <= this.#options.maxPods) return
    for (const oldest of this.#gone) return void this.#gone.delete(oldest)
  }

  #forget(pod: PodState): void {
    const { uid, namespace, name } = pod.ref
    this.#pods.delete(uid)
    this.#due.delete(pod)
    this.#touched.delete(pod)
    const key = `${namespace}/${name}`
    const left = (this.#names.get(key) ?? []).filter((other) => other !== uid)
    if (left.length === 0) this.#names.delete(key)
    else this.#names.set(key, left)
  }

  /** What is under way, to be taken up by another process. */
  get kept(): KeptPod[] {
    return [...this.#pods.values()]
      .filter((pod) => this.livesOf(pod).length > 0)
      .map((pod) => pod.kept)
  }

  /** Takes up what another process kept. */
  restore(all: readonly KeptPod[]): void {
    for (const kept of all) {
      if (this.#pods.has(kept.ref.uid)) continue
      this.#add(kept.ref).restore(kept)
    }
  }
}
