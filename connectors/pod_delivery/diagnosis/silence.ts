import type { Delivery, DeliveryEvent, Stage } from '../../../src/helpers/delivery/model.ts'
import type { Mark } from './rule.ts'
import { silent } from './signals.ts'
import type { Signal } from './signals.ts'

/** A kubelet posts the status of a new pod within its sync period of 10 s, twice that is silence. */
const KUBELET_MS = 20_000
/** A pod that fits nowhere is told so at once; this is a long queue. */
const SCHEDULER_MS = 30_000
/** A controller that works takes its finalizer off within seconds. */
const FINALIZER_MS = 30_000

/** What is said by nobody: only where everything that is said would have been seen. */
export function silencesOf(delivery: Delivery, marks: readonly Mark[], nowMs: number): Signal[] {
  if (!delivery.pod.complete || delivery.eventsLeftOut > 0 || delivery.outcome === 'unknown')
    return []
  if (delivery.kind === 'delete') return finalizers(delivery.stages, nowMs)
  return delivery.kind === 'create' ? ofCreate(delivery, marks, nowMs) : []
}

function ofCreate(delivery: Delivery, marks: readonly Mark[], nowMs: number): Signal[] {
  const { pod, startMs } = delivery
  const bound = marks.find(({ name }) => name === 'schedule:binding:success')
  if (!bound) return ofScheduler(delivery, nowMs)
  const boundMs = pod.nodeName !== '' && bound.timeMs === nowMs ? startMs : bound.timeMs
  const heardMs = firstOfKubelet(delivery, boundMs)
  const gapMs = (heardMs ?? nowMs) - boundMs
  if (gapMs < KUBELET_MS) return []
  return [silence('silence kubelet', '', boundMs, heardMs ?? nowMs, heardMs === undefined)]
}

function firstOfKubelet({ events, status }: Delivery, boundMs: number): number | undefined {
  const said = events.filter((event) => event.timeMs >= boundMs && isOfKubelet(event))
  if (said.length > 0) return Math.min(...said.map(({ timeMs }) => timeMs))
  const since = (status?.conditions ?? [])
    .filter(({ type, sinceMs }) => type !== 'PodScheduled' && sinceMs > 0)
    .map(({ sinceMs }) => sinceMs)
  return since.length === 0 ? undefined : Math.max(boundMs, Math.min(...since))
}

/** By who said it, or by what only a kubelet says. */
function isOfKubelet({ component, name }: DeliveryEvent): boolean {
  if (component === 'kubelet') return true
  return /^(container|phase:|pod:ip:|condition:(?!PodScheduled|DisruptionTarget))/.test(name)
}

function ofScheduler({ pod, events, status, startMs, endMs }: Delivery, nowMs: number): Signal[] {
  const heard =
    events.some(({ name }) =>
      /^(?:event:FailedScheduling|condition:|schedule:binding)/.test(name),
    ) || (status?.conditions ?? []).some(({ type }) => type === 'PodScheduled')
  if (heard || (endMs ?? nowMs) - startMs < SCHEDULER_MS) return []
  const own = pod.schedulerName !== '' && pod.schedulerName !== 'default-scheduler'
  const about = own ? 'silence other-scheduler' : 'silence scheduler'
  return [silence(about, own ? pod.schedulerName : '', startMs, endMs ?? nowMs, true)]
}

function finalizers(stages: readonly Stage[], nowMs: number): Signal[] {
  return stages
    .filter(({ type, endMs, startMs }) => {
      return type === 'finalizer' && endMs === undefined && nowMs - startMs >= FINALIZER_MS
    })
    .map(({ subject, startMs }) => silence('silence finalizer', subject, startMs, nowMs, true))
}

function silence(
  about: string,
  message: string,
  firstMs: number,
  lastMs: number,
  current: boolean,
) {
  return { ...silent, about, message, firstMs, lastMs, current }
}
