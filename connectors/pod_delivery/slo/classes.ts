import type { ContainerFacts, Delivery, PodFacts } from '../../../src/helpers/delivery/model.ts'
import type { OwnClass, SloConfig } from './config.ts'

/** A class and what it promises; 0 for best effort. */
export interface Promised {
  readonly class: string
  readonly promisedMs: number
}

const GIB = 2 ** 30

/** Wishes that only other pods can fulfil. A DaemonSet's node affinity and a node selector name nodes. */
const NEIGHBOURS = ['podAffinity', 'podAntiAffinity', 'topologySpread']

/** By what a pod asks for; undefined where its spec was not seen, so that nothing is known. */
export function promiseOf(delivery: Delivery, config: SloConfig): Promised | undefined {
  const { pod } = delivery
  if (delivery.kind === 'delete') return { class: 'delete', promisedMs: config.delete }
  if (delivery.kind === 'restart') return { class: 'restart', promisedMs: config.restart }
  if (!pod.complete) return undefined
  const own = config.classes.find(({ when }) => fits(pod, when))
  if (own) return { class: own.name, promisedMs: slower(own.promise, delivery, config) }
  const builtIn = builtInClass(pod, config)
  const ofNamespace = ownValue(config.namespaces, pod.namespace)
  const ofPath = config.paths[pathOf(pod)]
  const promisedMs = ofNamespace ?? ofPath ?? builtIn.promisedMs
  return { class: builtIn.class, promisedMs: slower(promisedMs, delivery, config) }
}

/** `service` for what is to run for ever, `job` for what is to end. */
export function pathOf({ restartPolicy }: PodFacts): 'service' | 'job' {
  return restartPolicy === 'Always' ? 'service' : 'job'
}

function builtInClass(pod: PodFacts, config: SloConfig): Promised {
  const { cpu, memory, containers } = sizeOf(pod)
  if (cpu > 32 || memory > 64 * GIB || containers > 10)
    return { class: 'best_effort', promisedMs: 0 }
  if (cpu > 8 || memory > 16 * GIB)
    return { class: 'nontypical_2', promisedMs: config.nontypical_2 }
  if (containers > 3 || pod.volumes.length > 15 || anyOf(pod.placement, NEIGHBOURS))
    return { class: 'nontypical_1', promisedMs: config.nontypical_1 }
  return { class: 'typical', promisedMs: config.typical }
}

/** The promise with what the delivery's longer way adds; best effort stays best effort. */
function slower(promisedMs: number, { stages, events }: Delivery, config: SloConfig): number {
  if (promisedMs === 0) return 0
  const { preemption, volume_attach, scale_up } = config.slow_paths
  const names = new Set(events.map(({ name }) => name))
  const preempts = stages.some(({ type }) => type === 'preemption')
  const attaches =
    names.has('event:SuccessfulAttachVolume') || names.has('event:FailedAttachVolume')
  const grows = names.has('event:TriggeredScaleUp') || names.has('event:Nominated')
  return (
    promisedMs +
    (preempts ? preemption : 0) +
    (attaches ? volume_attach : 0) +
    (grows ? scale_up : 0)
  )
}

function fits(pod: PodFacts, when: OwnClass['when']): boolean {
  const { cpu, memory, containers } = sizeOf(pod)
  return (
    over(cpu, when.cpu_over) &&
    over(memory / GIB, when.memory_over_gib) &&
    over(containers, when.containers_over) &&
    over(pod.volumes.length, when.volumes_over) &&
    (!when.placement || anyOf(pod.placement, when.placement)) &&
    (!when.namespaces || when.namespaces.includes(pod.namespace)) &&
    (!when.priority_classes || when.priority_classes.includes(pod.priorityClass)) &&
    Object.entries(when.labels ?? {}).every(([key, value]) => ownValue(pod.labels, key) === value)
  )
}

/** Of the containers that run side by side: init containers are over before those begin. */
function sizeOf({ containers }: PodFacts): { cpu: number; memory: number; containers: number } {
  const lasting = containers.filter(({ role }) => role === 'main' || role === 'sidecar')
  const sum = (of: (container: ContainerFacts) => number): number =>
    lasting.reduce((total, container) => total + of(container), 0)
  return {
    cpu: sum(({ cpu }) => cpu),
    memory: sum(({ memory }) => memory),
    containers: lasting.length,
  }
}

function over(value: number, limit: number | undefined): boolean {
  return limit === undefined || value > limit
}

function anyOf(values: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((value) => values.includes(value))
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
