import type { DeliveryKind, Diagnosis, Kept, Outcome, Owner } from '../helpers/delivery/model.ts'
import type { Language } from '../helpers/delivery/wording.ts'
import type { Attributes, AttributeValue } from '../pdata/attributes.ts'
import type { LogRecord } from '../pdata/logs.ts'
import type { Span, SpanEvent } from '../pdata/traces.ts'
import type { Replayed, ReplayedError, ReplayedStage } from './replay_model.ts'
import type { ReplaySink } from './replay_sink.ts'
import { harmless } from './text_width.ts'

/** What pods belong to, the outermost first. */
const WORKLOADS = ['Deployment', 'CronJob', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet']
/** Stages that contain others come before them. */
const byTime = (a: ReplayedStage, b: ReplayedStage): number =>
  a.startMs - b.startMs || b.endMs - a.endMs

/** Which deliveries are wanted. */
export interface ReplayFilter {
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
}

/** The deliveries that spans and log records tell of, by their beginning. */
export function deliveriesIn(
  { spans, logs }: Pick<ReplaySink, 'spans' | 'logs'>,
  { pod, namespace }: ReplayFilter,
  language: Language,
): Replayed[] {
  const byTrace = Map.groupBy(spans, ({ span }) => span.traceId)
  const records = new Map(logs.map(({ record }) => [record.traceId, record]))
  const found = [...byTrace.values()].flatMap((group) => {
    const all = group.map(({ span }) => span)
    const root = all.find(isRoot)
    return root ? [deliveryOf(root, all, records.get(root.traceId), language)] : []
  })
  const wanted = found.filter(
    (one) =>
      (pod === undefined || one.pod.name === pod) &&
      (namespace === undefined || one.pod.namespace === namespace),
  )
  return wanted.toSorted((a, b) => a.startMs - b.startMs || (a.pod.name < b.pod.name ? -1 : 1))
}

function isRoot({ attributes }: Span): boolean {
  return (
    attributes['waggle.delivery.kind'] !== undefined && attributes['k8s.pod.name'] !== undefined
  )
}

function deliveryOf(
  root: Span,
  spans: readonly Span[],
  record: LogRecord | undefined,
  language: Language,
): Replayed {
  const { attributes, traceId } = root
  const text = textsOf(attributes)
  const said = textsOf(record?.attributes ?? {})
  const body = typeof record?.body === 'string' ? record.body : ''
  const sentence = said(`waggle.delivery.sentence.${language}`) || body
  return {
    traceId,
    pod: {
      uid: text('k8s.pod.uid'),
      namespace: text('k8s.namespace.name'),
      name: text('k8s.pod.name'),
    },
    kind: text('waggle.delivery.kind') as DeliveryKind,
    container: text('k8s.container.name'),
    node: text('k8s.node.name'),
    workload: workloadOf(text),
    startMs: msOf(root.startNs),
    endMs: msOf(root.endNs),
    outcome: text('waggle.delivery.outcome') as Outcome,
    stages: spans.filter(isStage).map(stageOf).toSorted(byTime),
    kept: text('waggle.delivery.kept') as Kept,
    class: text('waggle.delivery.class'),
    promisedMs: secondsOf(attributes, 'waggle.delivery.promised') ?? 0,
    platformMs: secondsOf(attributes, 'waggle.delivery.platform'),
    userMs: secondsOf(attributes, 'waggle.delivery.user'),
    code: text('waggle.delivery.code'),
    also: namesIn(attributes['waggle.delivery.also']),
    restarts: Number(attributes['k8s.container.restart_count'] ?? 0),
    owner: text('waggle.delivery.owner') as Diagnosis['owner'],
    sentence: harmless(sentence || text('waggle.delivery.sentence')),
    action: said(`waggle.delivery.action.${language}`) || said('waggle.delivery.action'),
  }
}

function isStage({ attributes }: Span): boolean {
  return (
    attributes['waggle.delivery.kind'] === undefined &&
    attributes['waggle.delivery.stage'] !== undefined
  )
}

function stageOf({ attributes, startNs, endNs, events }: Span): ReplayedStage {
  const text = textsOf(attributes)
  return {
    type: text('waggle.delivery.stage'),
    subject: text('waggle.delivery.subject'),
    owner: text('waggle.delivery.owner') as Owner,
    startMs: msOf(startNs),
    endMs: msOf(endNs),
    finished: attributes['waggle.delivery.open'] !== true,
    errors: events.map(errorOf),
  }
}

function errorOf({ attributes }: SpanEvent): ReplayedError {
  const text = textsOf(attributes)
  const count = attributes['waggle.count']
  return {
    reason: text('exception.type'),
    message: text('exception.message'),
    count: count === undefined ? 1 : Number(count),
  }
}

function workloadOf(text: (key: string) => string): string {
  const kind = WORKLOADS.find((one) => text(`k8s.${one.toLowerCase()}.name`) !== '')
  return kind === undefined ? '' : `${kind} ${text(`k8s.${kind.toLowerCase()}.name`)}`
}

/** Reads texts that a terminal may be shown, empty where there are none. */
function textsOf(attributes: Attributes): (key: string) => string {
  return (key) => {
    const value = attributes[key]
    return typeof value === 'string' ? harmless(value) : ''
  }
}

function namesIn(value: AttributeValue | undefined): string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : []
  return all.flatMap((one) => (typeof one === 'string' ? [harmless(one)] : []))
}

function secondsOf(attributes: Attributes, key: string): number | undefined {
  const value = attributes[key]
  return value === undefined ? undefined : Number(value) * 1_000
}

function msOf(ns: bigint): number {
  return Number(ns / 1_000n) / 1_000
}
