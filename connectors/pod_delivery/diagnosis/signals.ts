import type {
  ContainerStatusFacts,
  Delivery,
  DeliveryEvent,
  KubernetesEvent,
  Operation,
} from '../../../src/helpers/delivery/model.ts'

/** Something that was said about a pod, from whatever source, in the form that rules read. */
export interface Signal {
  /**
   * Where it is from and what it is called: `event FailedMount`, `condition PodScheduled/Unschedulable`,
   * `waiting ImagePullBackOff`, `terminated OOMKilled`, `pod Evicted`, `answer pod:create:failed`,
   * `operation pod:eviction:success`.
   */
  readonly about: string
  readonly message: string
  /** The part of the message that rules read, where it is not the whole. */
  readonly part?: string
  /** Empty where it is about the pod. */
  readonly container: string
  /** Of a container that ended. */
  readonly exitCode: number | undefined
  /** HTTP status of an answer, 0 for others. */
  readonly code: number
  /** Who asked the API server, empty for others. */
  readonly user: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
  /** What weighs more comes before what weighs less in the same stage. */
  readonly weight: number
  /** True for what the newest status still says: nothing that happened before has cleared it. */
  readonly current: boolean
  /** True for what a status tells: often an event told the same, with another time. */
  readonly ofStatus: boolean
}

/** A signal without anything in it. */
export const silent = {
  message: '',
  container: '',
  exitCode: undefined,
  code: 0,
  user: '',
  count: 1,
  weight: 0,
  current: false,
  ofStatus: false,
}

/** Everything that was said, in no order. What has no time is given that of `nowMs`. */
export function signalsOf(delivery: Delivery, nowMs: number): Signal[] {
  return [
    ...delivery.events.flatMap((event) => ofEvent(event)),
    ...(delivery.status?.containers ?? []).flatMap((status) => {
      const signals = ofContainer(status, sinceWhen(delivery, status.message, nowMs), nowMs)
      return signals.filter((signal) => !isOlder(signal, delivery))
    }),
    ...ofConditions(delivery, nowMs),
    ...ofPod(delivery, nowMs),
  ]
}

function ofEvent(event: DeliveryEvent): Signal[] {
  return event.source === 'event' ? [ofKubernetesEvent(event)] : ofOperation(event)
}

function ofKubernetesEvent(event: KubernetesEvent): Signal {
  const { reason, message, container, count, firstMs, timeMs } = event
  const times = { firstMs: Math.min(firstMs || timeMs, timeMs), lastMs: timeMs }
  return { ...silent, about: `event ${reason}`, message, container, count, ...times }
}

function ofOperation(event: Operation): Signal[] {
  const { name, message, reason, container, code, user, timeMs } = event
  const times = { firstMs: timeMs, lastMs: timeMs }
  const said = { ...silent, message, container, code, user, ...times }
  if (name.endsWith(':failed')) return [{ ...said, about: `answer ${name}` }]
  const condition = /^condition:(.+):(true|false)$/.exec(name)
  if (condition) return ofCondition(condition[1]!, condition[2] === 'true', reason, said)
  const ended = /:Terminated:(.*?)(?:;exitCode:(-?\d+))?$/.exec(name)
  if (ended && name.startsWith('containerState:')) {
    const exitCode = ended[2] === undefined ? undefined : Number(ended[2])
    return [{ ...said, about: `terminated ${ended[1]}`, exitCode }]
  }
  const waiting = /^containerState:.*:Waiting:(.*)$/.exec(name)
  if (waiting) return [{ ...said, about: `waiting ${waiting[1]}` }]
  if (name.startsWith('phase:')) return reason ? [{ ...said, about: `pod ${reason}` }] : []
  return [{ ...said, about: `operation ${name}` }]
}

/** A condition that is not as it should be; `DisruptionTarget` should not be there. */
function ofCondition(type: string, holds: boolean, reason: string, said: Omit<Signal, 'about'>) {
  if (holds !== (type === 'DisruptionTarget')) return []
  return [{ ...said, about: `condition ${type}/${reason}` }]
}

function ofConditions({ status }: Delivery, nowMs: number): Signal[] {
  return (status?.conditions ?? []).flatMap((condition) => {
    if (condition.status === 'Unknown') return []
    const { message, sinceMs } = condition
    const times = { firstMs: sinceMs || nowMs, lastMs: nowMs, current: true }
    const said = { ...silent, message, ...times }
    return ofCondition(condition.type, condition.status === 'True', condition.reason, said)
  })
}

/**
 * When what a status says without a time began: when an event told the same first, else when anything
 * happened last, for nothing has since.
 */
function sinceWhen({ events, startMs }: Delivery, message: string, nowMs: number): number {
  const same = events.filter((event) => message !== '' && event.message.endsWith(message))
  const told = same.map((event) => (event.source === 'event' && event.firstMs) || event.timeMs)
  if (told.length > 0) return Math.min(...told)
  const times = events.map(({ timeMs }) => timeMs).filter((timeMs) => timeMs <= nowMs)
  return Math.max(startMs, ...times)
}

function ofContainer(status: ContainerStatusFacts, sinceMs: number, nowMs: number): Signal[] {
  const { name: container, reason, message, exitCode, finishedMs, last, state } = status
  const said = { ...silent, container, count: Math.max(1, status.restarts), ofStatus: true }
  const signals: Signal[] = []
  if (last)
    signals.push({
      ...said,
      // One that waits has ended once more than it was started again.
      count: Math.max(1, status.restarts + (state === 'waiting' ? 1 : 0)),
      about: `terminated ${last.reason}`,
      exitCode: last.exitCode,
      firstMs: last.finishedMs || nowMs,
      lastMs: last.finishedMs || nowMs,
    })
  if (state === 'waiting')
    signals.push({
      ...said,
      about: `waiting ${reason}`,
      message,
      firstMs: sinceMs,
      lastMs: nowMs,
      current: true,
    })
  if (state === 'terminated')
    signals.push({
      ...said,
      about: `terminated ${reason}`,
      message,
      exitCode,
      firstMs: finishedMs || nowMs,
      lastMs: finishedMs || nowMs,
      count: status.restarts + 1,
      current: true,
    })
  return signals
}

function ofPod(delivery: Delivery, nowMs: number): Signal[] {
  const { reason = '', message = '' } = delivery.status ?? {}
  if (reason === '') return []
  const times = { firstMs: sinceWhen(delivery, message, nowMs), lastMs: nowMs, current: true }
  return [{ ...silent, about: `pod ${reason}`, message, ...times }]
}

/** How a container ended before the end that a restart begins with. */
function isOlder(
  { about, exitCode, lastMs }: Signal,
  { kind, startMs, events }: Delivery,
): boolean {
  if (kind !== 'restart' || lastMs > startMs || !about.startsWith('terminated ')) return false
  const end = `:Terminated:${about.slice('terminated '.length)};exitCode:${exitCode}`
  return !events.some(({ name, timeMs }) => timeMs === startMs && name.endsWith(end))
}
