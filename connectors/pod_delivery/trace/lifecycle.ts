import type {
  DeliveryEvent,
  DeliveryKind,
  Outcome,
  PodFacts,
} from '../../../src/helpers/delivery/model.ts'

/** Beginning and end of a delivery. */
export interface Life {
  readonly kind: DeliveryKind
  readonly container: string
  /** Tells restarts of a pod apart: the event that ended the container. */
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
}

const CREATION = new Set(['pod:create:received', 'pod:create:success'])
const DELETION = new Set(['pod:delete:success', 'pod:eviction:success'])
const TERMINATED = /^containerState:.*:Terminated:/

/** The deliveries of a pod that its events tell of. */
export function livesOf(input: LifeInput): Life[] {
  const { events, createdByMs } = input
  const create = createdByMs === undefined ? creationOf(input) : undefined
  const deletion = deletionOf(input)
  const since = createdByMs ?? (create ? create.endMs : (events[0]?.timeMs ?? 0))
  const restarts =
    since === undefined ? [] : restartsOf(input, since, deletion?.startMs ?? Infinity)
  return [create, ...restarts, deletion].filter((life) => life !== undefined)
}

function creationOf({ facts, events, expireMs }: LifeInput): Life | undefined {
  const begun = events.find(({ name }) => CREATION.has(name))
  if (!begun) return undefined
  const isEnd = facts.restartPolicy === 'Always' ? endOfService : endOfJob
  for (const event of events) {
    const outcome = isEnd(event.name)
    if (outcome && event.timeMs <= begun.timeMs + expireMs) {
      const endMs = Math.max(begun.timeMs, event.timeMs)
      return life('create', begun.timeMs, endMs, outcome)
    }
  }
  return life('create', begun.timeMs, undefined, undefined)
}

function endOfService(name: string): Outcome | undefined {
  return name === 'condition:Ready:true' ? 'ready' : endOfJob(name)
}

function endOfJob(name: string): Outcome | undefined {
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
