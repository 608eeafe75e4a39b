import type { Delivery, DeliveryEvent } from '../../../src/helpers/delivery/model.ts'
import type { Interval } from './intervals.ts'
import { lengthOf, union } from './intervals.ts'

/**
 * What a stateless pod mounts, by the SLI's definition: "volumes with sources other than secrets,
 * config maps, downward API and empty dir" make a pod stateful. `projected` is made of these.
 */
const STATELESS = new Set(['secret', 'configMap', 'downwardAPI', 'emptyDir', 'projected'])

/** What the SLI leaves out. */
const LEFT_OUT = new Set(['image_pull', 'init_container'])

/**
 * Milliseconds by the formula of Kubernetes' SIG Scalability (kubernetes/community,
 * sig-scalability/slos/pod_startup_latency.md): "Startup latency of schedulable stateless pods,
 * excluding time to pull images and run init containers, measured from pod creation timestamp to when
 * all its containers are reported as started and observed via watch". Undefined for what the SLI is
 * not about (stateful pods, pods for which others are preempted, deletions) and while it is not known.
 */
export function upstreamTime(delivery: Delivery): number | undefined {
  const { pod, stages, startMs } = delivery
  if (delivery.kind !== 'create' || !pod.complete || delivery.eventsLeftOut > 0) return undefined
  if (pod.volumes.some(({ type }) => !STATELESS.has(type))) return undefined
  if (stages.some(({ type }) => type === 'preemption')) return undefined
  const startedMs = allStarted(delivery)
  if (startedMs === undefined) return undefined
  const left = stages
    .filter(({ type }) => LEFT_OUT.has(type))
    .map((stage): Interval => [stage.startMs, stage.endMs ?? startedMs])
  return Math.max(0, startedMs - startMs - lengthOf(union(left, startMs, startedMs)))
}

/** When the last of the containers was first reported as started; undefined before that. */
function allStarted({ pod, events }: Delivery): number | undefined {
  const names = pod.containers.filter(({ role }) => role === 'main').map(({ name }) => name)
  const times = names.map((name) => {
    const reports = events.filter((event) => reportsStart(event, name))
    return Math.min(...reports.map(({ timeMs }) => timeMs))
  })
  const last = Math.max(...times)
  return Number.isFinite(last) ? last : undefined
}

function reportsStart({ name, container }: DeliveryEvent, wanted: string): boolean {
  if (container !== wanted) return false
  return name === `containerState:${wanted}:Running` || name === 'event:Started'
}
