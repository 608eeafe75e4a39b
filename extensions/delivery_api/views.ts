import type {
  Delivery,
  DeliveryEvent,
  Diagnosis,
  JudgedDelivery,
  PodFacts,
  PodRef,
  PodStatusFacts,
  Stage,
  Verdict,
} from '../../src/helpers/delivery/model.ts'
import type { Language } from '../../src/helpers/delivery/wording.ts'
import type { Answer } from './schemas.ts'

/** The most events of one pod in an answer. */
export const MOST_EVENTS = 2_000
/** The most stages of one delivery in an answer. */
export const MOST_STAGES = 500

type ContainerView = Answer<'Container'>
type DeliveryRefView = Pick<
  Answer<'Slo'>,
  'kind' | 'container' | 'trace_id' | 'start' | 'end' | 'outcome'
>

/** RFC 3339. @param ms milliseconds since 1970 */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** As `isoTime`; null where a time is not known, and for 0. */
export function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined || ms === 0 ? null : isoTime(ms)
}

/** A pod's names alone. */
export function podRefView({ uid, namespace, name }: PodRef): Answer<'PodRef'> {
  return { uid, namespace, name }
}

/** What a pod is. */
export function podInfoView({ pod, status }: Pick<Delivery, 'pod' | 'status'>): Answer<'PodInfo'> {
  return {
    pod: podRefView(pod),
    node: pod.nodeName,
    scheduler: pod.schedulerName,
    phase: status?.phase ?? '',
    reason: status?.reason ?? '',
    message: status?.message ?? '',
    restart_policy: pod.restartPolicy,
    host_network: pod.hostNetwork,
    priority_class: pod.priorityClass,
    owner: pod.owner ? { ...pod.owner } : null,
    workload: pod.workload ? { ...pod.workload } : null,
    labels: { ...pod.labels },
    containers: pod.containers.map((one) => containerView(one, status)),
    volumes: pod.volumes.map(({ name, type, source }) => ({ name, type, source })),
    readiness_gates: [...pod.readinessGates],
    conditions: (status?.conditions ?? []).map(({ type, status: is, reason, message, sinceMs }) => {
      return { type, status: is, reason, message, since: isoTimeOrNull(sinceMs) }
    }),
    created: isoTimeOrNull(pod.createdMs),
    complete: pod.complete,
  }
}

function containerView(
  { name, image, role, cpu, memory }: PodFacts['containers'][number],
  status: PodStatusFacts | undefined,
): ContainerView {
  const now = status?.containers.find((one) => one.name === name)
  return {
    name,
    image,
    role,
    cpu,
    memory,
    state: now?.state ?? 'unknown',
    reason: now?.reason ?? '',
    message: now?.message ?? '',
    ready: now?.ready ?? false,
    restarts: now?.restarts ?? 0,
    exit_code: now?.exitCode ?? null,
  }
}

/** The events of all deliveries of a pod, each once, by time, and how many are not among them. */
export function lifecycleEvents(deliveries: readonly Delivery[]): {
  shown: readonly DeliveryEvent[]
  leftOut: number
} {
  const byId = new Map(deliveries.flatMap(({ events }) => events.map((one) => [one.id, one])))
  const all = [...byId.values()].toSorted((a, b) => a.timeMs - b.timeMs)
  const unknown = deliveries.reduce((sum, { eventsLeftOut }) => sum + eventsLeftOut, 0)
  const shown = all.slice(-MOST_EVENTS)
  return { shown, leftOut: unknown + all.length - shown.length }
}

/** The key events of a pod. */
function lifecycleView(deliveries: readonly Delivery[]): Answer<'Lifecycle'> {
  const { shown, leftOut } = lifecycleEvents(deliveries)
  return { events: shown.map(eventView), left_out: leftOut }
}

function eventView(event: DeliveryEvent): Answer<'LifecycleEvent'> {
  const { timeMs, source, name, component, container, reason, message } = event
  return {
    time: isoTime(timeMs),
    source,
    name,
    component,
    container,
    reason,
    message,
    code: event.source === 'operation' ? event.code : 0,
    count: event.source === 'event' ? event.count : 1,
  }
}

/** Which delivery it is. */
export function deliveryRefView(delivery: Delivery): DeliveryRefView {
  const { kind, container, traceId, startMs, endMs, outcome } = delivery
  return {
    kind,
    container,
    trace_id: traceId,
    start: isoTime(startMs),
    end: isoTimeOrNull(endMs),
    outcome: outcome ?? null,
  }
}

/** A delivery in its stages. */
export function traceView(delivery: Delivery): Answer<'Trace'> {
  const shown = delivery.stages.slice(0, MOST_STAGES)
  return {
    ...deliveryRefView(delivery),
    stages: shown.map(stageView),
    left_out: delivery.stages.length - shown.length,
  }
}

function stageView(stage: Stage): Answer<'Stage'> {
  const { type, subject, owner, component, startMs, endMs, waitedMs, errors } = stage
  return {
    type,
    subject,
    owner,
    component,
    start: isoTime(startMs),
    end: isoTimeOrNull(endMs),
    duration_ms: endMs === undefined ? null : Math.max(0, endMs - startMs),
    waited_ms: waitedMs,
    errors: errors.map(({ reason, message, count, firstMs, lastMs }) => {
      return {
        reason,
        message,
        count,
        first: isoTime(firstMs),
        last: isoTime(lastMs),
      }
    }),
  }
}

/** A verdict. */
export function verdictView(verdict: Verdict): Answer<'Verdict'> {
  return {
    class: verdict.class,
    path: verdict.path,
    promised_ms: verdict.promisedMs,
    total_ms: verdict.totalMs,
    platform_ms: verdict.platformMs,
    user_ms: verdict.userMs,
    upstream_ms: verdict.upstreamMs ?? null,
    kept: verdict.kept,
    upstream_kept: verdict.upstreamKept,
  }
}

/** A diagnosis in a language. */
export function diagnosisView(diagnosis: Diagnosis, language: Language): Answer<'Diagnosis'> {
  const { code, stage, owner, severity, subject, sentence, action, evidence, also } = diagnosis
  return {
    code,
    stage,
    owner,
    severity,
    subject,
    sentence: sentence[language],
    action: action[language],
    evidence: evidence.map(({ timeMs, text }) => ({
      time: isoTime(timeMs),
      text,
    })),
    also: [...also],
  }
}

/** A delivery without its stages and events. */
export function summaryView(
  { delivery, verdict, diagnosis }: JudgedDelivery,
  language: Language,
): Answer<'DeliverySummary'> {
  const { pod } = delivery
  const workload = pod.workload ?? pod.owner
  return {
    pod: podRefView(pod),
    node: pod.nodeName,
    workload: workload ? { ...workload } : null,
    ...deliveryRefView(delivery),
    verdict: verdictView(verdict),
    diagnosis: diagnosisView(diagnosis, language),
  }
}

/** All that is known of a pod. @param judged its deliveries, by their beginning, at least one */
export function podView(
  judged: readonly [JudgedDelivery, ...JudgedDelivery[]],
  others: readonly PodRef[],
  language: Language,
): Answer<'Pod'> {
  const newest = judged.at(-1) as JudgedDelivery
  const deliveries = judged.map(({ delivery }) => delivery)
  return {
    pod: podRefView(newest.delivery.pod),
    info: podInfoView(newest.delivery),
    lifecycle: lifecycleView(deliveries),
    trace: deliveries.map(traceView),
    slo: judged.map(({ delivery, verdict }) => {
      return { ...deliveryRefView(delivery), verdict: verdictView(verdict) }
    }),
    diagnosis: judged.map(({ delivery, diagnosis }) => {
      return { ...deliveryRefView(delivery), diagnosis: diagnosisView(diagnosis, language) }
    }),
    others: others.map(podRefView),
  }
}
