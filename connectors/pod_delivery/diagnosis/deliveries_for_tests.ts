import type {
  ConditionFacts,
  ContainerFacts,
  ContainerStatusFacts,
  Delivery,
  DeliveryEvent,
  DeliveryKind,
  Outcome,
  Owner,
  PodFacts,
  Stage,
} from '../../../src/helpers/delivery/model.ts'

/** When deliveries of tests begin: 2026-07-01 12:00:00 UTC. */
export const BEGIN = Date.UTC(2026, 6, 1, 12)

/** What is told of a delivery, in seconds after its beginning: a line of `testdata/*.jsonl`. */
export interface Told {
  /** What has happened before: `bound` and the kubelet has said so, `silent` since it was bound, `created`. */
  readonly base?: 'bound' | 'silent' | 'created' | 'none'
  readonly kind?: DeliveryKind
  readonly pod?: Partial<PodFacts>
  readonly events?: readonly ToldEvent[]
  readonly conditions?: readonly (readonly [string, ConditionFacts['status'], string, string])[]
  readonly containers?: readonly ToldContainer[]
  readonly pod_status?: readonly [phase: string, reason: string, message: string]
  readonly stages?: readonly ToldStage[]
  readonly outcome?: Outcome
  readonly end?: number
  readonly now?: number
  readonly eventsLeftOut?: number
}

interface ToldEvent {
  readonly at: number
  readonly event?: string
  readonly op?: string
  readonly message?: string
  readonly reason?: string
  readonly of?: string
  readonly count?: number
  readonly first?: number
  readonly code?: number
  readonly user?: string
  readonly by?: string
}

interface ToldContainer {
  readonly name: string
  readonly waiting?: readonly [reason: string, message: string]
  readonly terminated?: readonly [reason: string, exitCode: number, at: number]
  readonly last?: readonly [reason: string, exitCode: number, at: number]
  readonly running?: number
  readonly restarts?: number
}

type ToldStage = readonly [
  type: string,
  subject: string,
  owner: Owner,
  from: number,
  to: number | null,
  waited: number,
]

/** A delivery of the pod `shop/web-1` on node `n1`. */
export function deliveryOf(told: Told): Delivery {
  const { base = 'bound', kind = 'create', events = [], outcome } = told
  const all = [...before(base), ...events.map(eventOf)]
  return {
    kind,
    pod: { ...pod(base === 'created' ? '' : 'n1'), ...told.pod },
    status: statusOf(told),
    container: kind === 'restart' ? 'app' : '',
    startMs: BEGIN,
    endMs: told.end === undefined ? undefined : at(told.end),
    outcome,
    events: all.toSorted((a, b) => a.timeMs - b.timeMs),
    eventsLeftOut: told.eventsLeftOut ?? 0,
    stages: (told.stages ?? []).map(stageOf),
    traceId: '0123456789abcdef0123456789abcdef',
  }
}

/** When it is judged: two minutes after its beginning unless the line says when. */
export function nowOf({ now = 120, end = 0 }: Told): number {
  return at(Math.max(now, end))
}

/** A container of the pod. */
export function containerOf(name: string, role: ContainerFacts['role'] = 'main'): ContainerFacts {
  const image = 'registry.example.com/shop/web:1'
  const needs = { cpu: 0.5, memory: 2 ** 27, memoryLimit: 2 ** 27 }
  return { name, image, role, ...needs, hasPostStart: false, probes: [] }
}

function at(seconds: number): number {
  return BEGIN + seconds * 1000
}

function pod(nodeName: string): PodFacts {
  return {
    uid: '0b7c8c6e-1111-4222-8333-444455556666',
    namespace: 'shop',
    name: 'web-1',
    nodeName,
    schedulerName: 'default-scheduler',
    restartPolicy: 'Always',
    hostNetwork: false,
    priorityClass: '',
    owner: undefined,
    workload: undefined,
    labels: {},
    containers: [containerOf('migrate', 'init'), containerOf('app')],
    volumes: [],
    readinessGates: [],
    placement: [],
    createdMs: BEGIN,
    complete: true,
  }
}

function before(base: string): DeliveryEvent[] {
  if (base === 'none') return []
  const created = [eventOf({ at: 0, op: 'pod:create:success', code: 201 })]
  if (base === 'created') return created
  const bound = [...created, eventOf({ at: 1, op: 'schedule:binding:success', code: 201 })]
  if (base === 'silent') return bound
  return [...bound, eventOf({ at: 1.5, op: 'condition:Initialized:false', by: 'kubelet' })]
}

function eventOf(told: ToldEvent): DeliveryEvent {
  const timeMs = at(told.at)
  const name = told.op ?? `event:${told.event}`
  const message = told.message ?? ''
  const ref = { uid: '0b7c8c6e-1111-4222-8333-444455556666', namespace: 'shop', name: 'web-1' }
  const base = { id: `${name} ${told.at} ${message}`, timeMs, pod: ref, name, message }
  const whose = { component: told.by ?? (told.op ? '' : 'kubelet'), container: told.of ?? '' }
  if (told.event === undefined) {
    const { code = 0, user = '', reason = '' } = told
    return { ...base, ...whose, source: 'operation', code, user, reason }
  }
  const { event: reason, count = 1, first = told.at } = told
  return { ...base, ...whose, source: 'event', reason, type: 'Warning', count, firstMs: at(first) }
}

function statusOf({ conditions, containers, pod_status }: Told): Delivery['status'] {
  if (!conditions && !containers && !pod_status) return undefined
  const [phase = 'Pending', reason = '', message = ''] = pod_status ?? []
  return {
    phase,
    reason,
    message,
    conditions: (conditions ?? []).map(([type, status, why, text]) => {
      return { type, status, reason: why, message: text, sinceMs: at(0.1) }
    }),
    containers: (containers ?? []).map(containerStatus),
  }
}

function containerStatus(told: ToldContainer): ContainerStatusFacts {
  const { name, waiting, terminated, last, running, restarts = 0 } = told
  return {
    name,
    ready: false,
    restarts,
    state: waiting ? 'waiting' : terminated ? 'terminated' : 'running',
    reason: waiting?.[0] ?? terminated?.[0] ?? '',
    message: waiting?.[1] ?? '',
    exitCode: terminated?.[1],
    startedMs: running === undefined ? 0 : at(running),
    finishedMs: terminated ? at(terminated[2]) : 0,
    last: last && { reason: last[0], exitCode: last[1], finishedMs: at(last[2]) },
  }
}

function stageOf([type, subject, owner, from, to, waited]: ToldStage): Stage {
  return {
    type,
    subject,
    owner,
    component: owner === 'user' ? 'application' : 'kubelet',
    startMs: at(from),
    endMs: to === null ? undefined : at(to),
    waitedMs: waited * 1000,
    errors: [],
  }
}
