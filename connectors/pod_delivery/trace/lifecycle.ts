import type {
  DeliveryEvent,
  DeliveryKind,
  Outcome,
  PodFacts,
} from '../../../src/helpers/delivery/model.ts'
import type { EventTest } from './name_match.ts'

/** Beginning and end of a delivery. */
export interface Life {
  readonly kind: DeliveryKind
  readonly container: string
  /** Tells restarts of a pod apart: the event that ended the container; of a kubelet's own doing: the pod. */
  readonly cause: string
  readonly startMs: number
  readonly endMs: number | undefined
  readonly outcome: Outcome | undefined
}

/** What is known of a pod for this. */
export interface LifeInput {
  readonly facts: PodFacts
  /** By time. */
  readonly events: readonly DeliveryEvent[]
  /** When its creation had ended, where that is known from before. */
  readonly createdByMs: number | undefined
  readonly expireMs: number
  /** It was told that the pod is taken down: no container comes up again. */
  readonly isLeaving: boolean
  readonly rules: LifeRules
}

/** What creations begin and end with. */
export interface LifeRules {
  readonly isStart: EventTest
  /** Of pods that are restarted for ever; others end when their containers have. */
  readonly isReady: EventTest
}

const DELETION = new Set(['pod:delete:success', 'pod:eviction:success'])
const TERMINATED = /^containerState:.*:Terminated:/

/** The deliveries of a pod that its events tell of. */
export function livesOf(input: LifeInput): Life[] {
  const { events, createdByMs } = input
  const create = createdByMs === undefined ? creationOf(input) : undefined
  const deletion = deletionOf(input)
  const since = createdByMs ?? (create ? create.endMs : (events[0]?.timeMs ?? 0))
  if (since === undefined) return [create, deletion].filter((life) => life !== undefined)
  const untilMs = deletion?.startMs ?? Infinity
  const takenDown = takenDownOf(input, since, untilMs)
  const restarts = input.isLeaving
    ? []
    : restartsOf(input, since, Math.min(untilMs, takenDown?.startMs ?? Infinity))
  return [create, ...restarts, takenDown, deletion].filter((life) => life !== undefined)
}

function creationOf({ facts, events, expireMs, rules }: LifeInput): Life | undefined {
  const begun = events.find(rules.isStart)
  if (!begun) return undefined
  const isService = facts.restartPolicy === 'Always'
  for (const event of events) {
    const isReady = isService && rules.isReady(event)
    const outcome = isReady ? 'ready' : endOfAny(event.name)
    if (outcome && event.timeMs <= begun.timeMs + expireMs) {
      const endMs = Math.max(begun.timeMs, event.timeMs)
      return life('create', begun.timeMs, endMs, outcome)
    }
  }
  return life('create', begun.timeMs, undefined, undefined)
}

function endOfAny(name: string): Outcome | undefined {
  if (name === 'phase:Succeeded:set') return 'succeeded'
  if (name === 'phase:Failed:set') return 'failed'
  return DELETION.has(name) || name === 'pod:deleted:success' ? 'deleted' : undefined
}

function deletionOf({ events }: LifeInput): Life | undefined {
  const begun = events.find(({ name }) => DELETION.has(name))
  if (!begun) return undefined
  const gone = events.find(({ name }) => name === 'pod:deleted:success')
  const endMs = gone && Math.max(begun.timeMs, gone.timeMs)
  return life('delete', begun.timeMs, endMs, gone && 'deleted')
}

/**
 * The kubelet ended a pod that was up, by itself: it was evicted, or was past its deadline. The object
 * stays, as `Failed` with a reason (pkg/kubelet/eviction, active_deadline.go), until somebody deletes it.
 */
function takenDownOf({ facts, events }: LifeInput, sinceMs: number, untilMs: number) {
  if (facts.restartPolicy !== 'Always') return undefined
  const failed = events.find(
    ({ name, reason, timeMs }) =>
      name === 'phase:Failed:set' && reason !== '' && timeMs > sinceMs && timeMs < untilMs,
  )
  if (!failed) return undefined
  const { id: cause, timeMs: endMs, reason } = failed
  const told = events.find(({ name, timeMs }) => name === `event:${reason}` && timeMs > sinceMs)
  const startMs = Math.min(endMs, told?.timeMs ?? endMs)
  return { ...life('delete', startMs, endMs, 'deleted'), cause }
}

/** In a pod that was up: a container that ended begins again. */
function restartsOf({ facts, events }: LifeInput, sinceMs: number, untilMs: number): Life[] {
  if (facts.restartPolicy !== 'Always') return []
  const all = events.filter(
    ({ name, timeMs }) => timeMs > sinceMs && timeMs < untilMs && TERMINATED.test(name),
  )
  const lasting = all.filter(({ container }) => lasts(facts, container))
  return lasting.map((event, i) => {
    const next = lasting.slice(i + 1).find(({ container }) => container === event.container)
    return restartOf(event, events, Math.min(untilMs, next?.timeMs ?? Infinity), next !== undefined)
  })
}

/** Init containers end as they should. */
function lasts({ containers }: PodFacts, name: string): boolean {
  const role = containers.find((container) => container.name === name)?.role ?? 'main'
  return role === 'main' || role === 'sidecar'
}

function restartOf(
  begun: DeliveryEvent,
  events: readonly DeliveryEvent[],
  untilMs: number,
  again: boolean,
): Life {
  const { container, timeMs: startMs, id: cause } = begun
  const ready = `containerReady:${container}:true`
  const up = events.find(({ name, timeMs }) => name === ready && timeMs > startMs)
  const base = { kind: 'restart', container, cause, startMs } as const
  if (up && up.timeMs <= untilMs) return { ...base, endMs: up.timeMs, outcome: 'ready' }
  if (untilMs === Infinity) return { ...base, endMs: undefined, outcome: undefined }
  return { ...base, endMs: untilMs, outcome: again ? 'failed' : 'deleted' }
}

function life(
  kind: DeliveryKind,
  startMs: number,
  endMs: number | undefined,
  outcome: Outcome | undefined,
): Life {
  return { kind, container: '', cause: '', startMs, endMs, outcome }
}
