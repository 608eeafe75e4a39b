import type {
  DeliveryEvent,
  KubernetesEvent,
  PodFacts,
  PodRef,
  PodStatusFacts,
} from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, numberIn, textIn, textsIn } from '../events/json.ts'
import { factsOf, unknownFacts } from '../events/pod_facts.ts'
import { statusOf } from '../events/pod_status.ts'
import type { Certainty, PodSink } from '../events/sink.ts'
import { FinalizerSightings } from './finalizer_sightings.ts'
import type { Life } from './lifecycle.ts'
import { traceLinksOf, type TraceLink } from './trace_context.ts'

/** Of so many events of one Event no more is kept than the first and the last. */
const REPEATS_KEPT = 2

/** Of most pods nothing was handed on yet: they share that. */
const NOTHING: ReadonlySet<string> = new Set()

/** A pod as it is kept: plain data, so that it can be handed over. */
export interface KeptPod {
  readonly ref: PodRef
  readonly facts: PodFacts
  readonly status: PodStatusFacts | undefined
  readonly version: number
  readonly events: readonly DeliveryEvent[]
  readonly derived: readonly string[]
  readonly leftOut: number
  readonly clearedMs: number
  readonly createdByMs: number | undefined
  readonly told: readonly string[]
  readonly links: readonly TraceLink[]
}

/** What is known of one pod. */
export class PodState implements PodSink {
  readonly ref: PodRef
  /** When anything was told of it last, by the clock of the API servers. */
  lastMs = 0
  /** Grows with all that is told. */
  changes = 0
  leftOut = 0
  /** When its creation had ended, once that was told. */
  createdByMs: number | undefined
  /** The deliveries that were handed on, by kind and cause. */
  told: ReadonlySet<string> = NOTHING
  links: readonly TraceLink[] = []
  /** What is under way, as of so many changes. */
  lives: { readonly changes: number; readonly open: readonly Life[] } | undefined
  readonly #maxEvents: number
  readonly #onLate: () => void
  readonly #events = new Map<string, DeliveryEvent>()
  readonly #derived = new Set<string>()
  #finalizers: FinalizerSightings | undefined
  #clearedMs = 0
  #facts: PodFacts
  #status: PodStatusFacts | undefined
  #statusObject: JsonMap | undefined
  #version = -1
  #sorted: readonly DeliveryEvent[] | undefined

  constructor(ref: PodRef, maxEvents: number, onLate: () => void) {
    this.ref = ref
    this.#maxEvents = maxEvents
    this.#onLate = onLate
    this.#facts = unknownFacts(ref)
  }

  get facts(): PodFacts {
    return this.#facts
  }

  set facts(facts: PodFacts) {
    this.#facts = facts
    this.changes++
  }

  /** The newest status. */
  get status(): PodStatusFacts | undefined {
    this.trim()
    return this.#status
  }

  /** Keeps of the newest status what is of use. Of many in a row only the last is worth that. */
  trim(): void {
    if (this.#statusObject) this.#status = statusOf(this.#statusObject)
    this.#statusObject = undefined
  }

  /** All events by time; those at the same moment by their id. */
  get events(): readonly DeliveryEvent[] {
    this.#sorted ??= [...this.#events.values()].toSorted(
      (a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1),
    )
    return this.#sorted
  }

  wants(id: string, timeMs: number, certainty: Certainty): boolean {
    if (timeMs <= this.#clearedMs) {
      this.#onLate()
      return false
    }
    const known = this.#events.get(id)
    if (!known) return true
    const isDerived = this.#derived.has(id)
    if (isDerived !== (certainty === 'derived')) return isDerived
    return timeMs < known.timeMs
  }

  put(event: DeliveryEvent, certainty: Certainty): void {
    if (certainty === 'derived') this.#derived.add(event.id)
    else this.#derived.delete(event.id)
    this.#events.set(event.id, event)
    this.#changed(event.timeMs)
    if (this.#events.size > this.#maxEvents) this.#makeRoom()
  }

  #changed(timeMs: number): void {
    this.lastMs = Math.max(this.lastMs, timeMs)
    this.changes++
    this.#sorted = undefined
  }

  /** A delivery of it was handed on: it is under way no more. */
  finished(key: string): void {
    this.told = new Set([...this.told, key])
    this.changes++
  }

  /** Its creation has ended. */
  created(byMs: number | undefined): void {
    this.createdByMs = byMs
    this.changes++
  }

  bound(nodeName: string): void {
    if (nodeName === '' || this.#facts.nodeName !== '') return
    this.facts = { ...this.#facts, nodeName }
  }

  event(name: string): KubernetesEvent | undefined {
    const prefix = `event/${name}/`
    for (const [id, event] of this.#events) {
      if (event.source === 'event' && id.startsWith(prefix)) return event
    }
    return undefined
  }

  object(pod: JsonMap, seenMs: number): void {
    const metadata = mapIn(pod, 'metadata')
    const version = Number(textIn(metadata, 'resourceVersion')) || 0
    this.#sighted(textsIn(metadata, 'finalizers'), version, seenMs)
    if (version < this.#version) return
    if (!this.#facts.complete || !this.#isSame(pod, metadata)) this.#take(pod, metadata)
    this.#version = version
    this.#statusObject = mapIn(pod, 'status')
    this.changes++
  }

  #isSame(pod: JsonMap, metadata: JsonMap): boolean {
    const { nodeName, labels } = this.#facts
    if (textIn(mapIn(pod, 'spec'), 'nodeName') !== nodeName) return false
    if ((numberIn(metadata, 'generation') ?? 0) !== this.#generation) return false
    const now = mapIn(metadata, 'labels')
    const keys = Object.keys(now)
    return (
      keys.length === Object.keys(labels).length && keys.every((key) => now[key] === labels[key])
    )
  }

  #generation = 0

  #take(pod: JsonMap, metadata: JsonMap): void {
    const { workload } = this.#facts
    const facts = factsOf(this.ref, pod)
    const isKnown = workload !== undefined && workload.uid !== ''
    this.#facts = {
      ...facts,
      nodeName: facts.nodeName || this.#facts.nodeName,
      workload: isKnown ? workload : facts.workload,
    }
    this.#generation = numberIn(metadata, 'generation') ?? 0
    // Whoever made the pod said so once; what is removed later was true all the same.
    const links = traceLinksOf(mapIn(metadata, 'annotations'))
    if (links.length > 0) this.links = links
  }

  #sighted(names: readonly string[], version: number, seenMs: number): void {
    if (names.length === 0 && !this.#finalizers) return
    this.#finalizers ??= new FinalizerSightings()
    for (const { name, timeMs } of this.#finalizers.add(names, version, seenMs)) {
      if (timeMs <= this.#clearedMs) continue
      this.put(this.#finalizerEvent(name, timeMs), 'derived')
    }
  }

  #finalizerEvent(name: string, timeMs: number): DeliveryEvent {
    return {
      source: 'operation',
      id: name,
      timeMs,
      pod: this.ref,
      name,
      component: 'kube-apiserver',
      container: '',
      code: 200,
      user: '',
      message: '',
      reason: '',
    }
  }

  /** Repeats go first: of each Event the first and the last stay. */
  #makeRoom(): void {
    const byEvent = Map.groupBy(
      [...this.#events.values()].filter(({ source }) => source === 'event'),
      ({ id }) => id.slice(0, id.lastIndexOf('/')),
    )
    for (const repeats of byEvent.values()) {
      const inner = repeats
        .toSorted((a, b) => (a as KubernetesEvent).count - (b as KubernetesEvent).count)
        .slice(1, 1 - REPEATS_KEPT)
      for (const { id } of inner) this.#remove(id)
    }
    while (this.#events.size > this.#maxEvents) {
      const last = this.events.findLast(({ source }) => source === 'event') ?? this.events.at(-1)
      this.#remove((last as DeliveryEvent).id)
    }
  }

  #remove(id: string): void {
    this.#events.delete(id)
    this.#derived.delete(id)
    this.#sorted = undefined
    this.leftOut++
  }

  /** Forgets what happened up to a moment, and takes nothing of it any more. */
  clear(untilMs: number): void {
    this.#clearedMs = Math.max(this.#clearedMs, untilMs)
    for (const [id, { timeMs }] of this.#events) {
      if (timeMs > untilMs) continue
      this.#events.delete(id)
      this.#derived.delete(id)
    }
    this.leftOut = 0
    this.#changed(0)
  }

  /** All of it as plain data. */
  get kept(): KeptPod {
    return {
      ref: this.ref,
      facts: this.#facts,
      status: this.status,
      version: this.#version,
      events: [...this.#events.values()],
      derived: [...this.#derived],
      leftOut: this.leftOut,
      clearedMs: this.#clearedMs,
      createdByMs: this.createdByMs,
      told: [...this.told],
      links: this.links,
    }
  }

  /** Takes up what another process kept. */
  restore(kept: KeptPod): void {
    this.#facts = kept.facts
    this.#status = kept.status
    this.#version = kept.version
    this.#clearedMs = kept.clearedMs
    this.createdByMs = kept.createdByMs
    this.leftOut = kept.leftOut
    this.links = kept.links
    if (kept.told.length > 0) this.told = new Set(kept.told)
    for (const id of kept.derived) this.#derived.add(id)
    for (const event of kept.events) {
      this.#events.set(event.id, { ...event, pod: this.ref })
      this.#changed(event.timeMs)
    }
  }
}
