import type {
  Delivery,
  JudgedDelivery,
  Operation,
  Outcome,
  Stage,
  StageError,
} from '../../../src/helpers/delivery/model.ts'
import type { Attributes } from '../../../src/pdata/attributes.ts'
import {
  type Span,
  SPAN_KIND,
  type SpanEvent,
  type SpanLink,
  STATUS_CODE,
} from '../../../src/pdata/traces.ts'
import { spanIdOf } from '../trace/ids.ts'
import type { StageConfig } from '../trace/stage_config.ts'
import { podAttributes, verdictAttributes } from './attributes.ts'

/** A span and the program that it is told of. */
export interface ServiceSpan {
  readonly service: string
  readonly span: Span
}

/** The service of root spans, which are nobody's alone. */
export const ROOT_SERVICE = 'kubernetes'
/** W3C trace flag: the trace is kept. */
const SAMPLED = 1

/** Outcomes of what failed for good. */
const FAILURES: ReadonlySet<Outcome | undefined> = new Set(['failed', 'rejected', 'expired'])

/** Milliseconds since 1970, with a fraction, as nanoseconds. */
export function ns(ms: number): bigint {
  const whole = Math.floor(ms)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
}

/** The id of a delivery's root span. */
export function rootIdOf({ traceId }: Pick<Delivery, 'traceId'>): string {
  return spanIdOf(traceId, 'root')
}

/**
 * The spans of a delivery that has ended: a root, and one for each stage.
 * @param links to what it belongs to
 */
export function spansOf(
  judged: JudgedDelivery,
  stages: readonly StageConfig[],
  links: readonly SpanLink[],
): ServiceSpan[] {
  const { delivery } = judged
  const about = podAttributes(delivery.pod)
  const rootId = rootIdOf(delivery)
  const spans = delivery.stages.map((stage) => {
    const inside = stages.find(({ type }) => type === stage.type)?.inside
    const parentId = parentOf(delivery, inside) ?? rootId
    return { service: stage.component, span: stageSpan(judged, stage, about, parentId) }
  })
  return [{ service: ROOT_SERVICE, span: rootOf(judged, rootId, about, links) }, ...spans]
}

function rootOf(
  judged: JudgedDelivery,
  spanId: string,
  about: Attributes,
  links: readonly SpanLink[],
): Span {
  const { delivery, diagnosis } = judged
  const failed = FAILURES.has(delivery.outcome)
  const { container } = delivery
  return {
    ...baseOf(delivery),
    spanId,
    parentSpanId: '',
    name: nameOf(delivery),
    startNs: ns(delivery.startMs),
    endNs: ns(delivery.endMs ?? delivery.startMs),
    attributes: {
      ...about,
      ...(container !== '' && { 'k8s.container.name': container }),
      ...verdictAttributes(judged),
      'waggle.delivery.sentence': diagnosis.sentence.en,
    },
    events: delivery.outcome === 'rejected' ? rejection(delivery) : [],
    links,
    status: failed
      ? { code: STATUS_CODE.error, message: diagnosis.sentence.en }
      : { code: STATUS_CODE.unset, message: '' },
  }
}

/** What a delivery's root span is called. */
export function nameOf({ kind }: Delivery): string {
  return kind === 'restart' ? 'container restart' : `pod ${kind}`
}

function rejection({ events }: Delivery): SpanEvent[] {
  return events
    .filter((event) => event.source === 'operation' && event.name === 'pod:create:failed')
    .map((event) =>
      exceptionOf({
        // A webhook's refusal has no reason but its message.
        reason: event.reason || String((event as Operation).code),
        message: event.message,
        count: 1,
        firstMs: event.timeMs,
        lastMs: event.timeMs,
      }),
    )
}

function baseOf({ traceId }: Delivery) {
  return { traceId, traceState: '', flags: SAMPLED, kind: SPAN_KIND.internal }
}

function stageSpan(
  { delivery, diagnosis }: JudgedDelivery,
  stage: Stage,
  about: Attributes,
  parentSpanId: string,
): Span {
  const { type, subject, owner, startMs, endMs, waitedMs, errors } = stage
  const isOpen = endMs === undefined
  const failed =
    isOpen && FAILURES.has(delivery.outcome) && (errors.length > 0 || diagnosis.stage === type)
  return {
    ...baseOf(delivery),
    spanId: spanIdOf(delivery.traceId, type, subject),
    parentSpanId,
    name: subject === '' ? type : `${type} ${subject}`,
    startNs: ns(startMs),
    endNs: ns(Math.max(startMs, endMs ?? delivery.endMs ?? startMs)),
    attributes: {
      ...about,
      'waggle.delivery.stage': type,
      'waggle.delivery.owner': owner,
      ...subjectAttributes(stage),
      ...(waitedMs > 0 && { 'waggle.delivery.waited': waitedMs / 1000 }),
      ...(isOpen && { 'waggle.delivery.open': true }),
    },
    events: errors.map(exceptionOf),
    status: failed
      ? { code: STATUS_CODE.error, message: errors.at(-1)?.message ?? diagnosis.sentence.en }
      : { code: STATUS_CODE.unset, message: '' },
  }
}

/** The id of the stage that one is a part of; undefined where there is none. */
function parentOf({ stages, traceId }: Delivery, inside: string | undefined): string | undefined {
  const parent = inside && stages.find(({ type }) => type === inside)
  return parent ? spanIdOf(traceId, parent.type, parent.subject) : undefined
}

const SUBJECT_KEYS: Readonly<Record<string, string>> = {
  image_pull: 'container.image.name',
  volumes: 'k8s.volume.name',
  init_container: 'k8s.container.name',
  container_create: 'k8s.container.name',
  container_start: 'k8s.container.name',
  post_start: 'k8s.container.name',
  startup: 'k8s.container.name',
  readiness: 'k8s.container.name',
  run: 'k8s.container.name',
  container_kill: 'k8s.container.name',
  back_off: 'k8s.container.name',
}

function subjectAttributes({ type, subject }: Stage): Attributes {
  if (subject === '') return {}
  return {
    'waggle.delivery.subject': subject,
    ...(SUBJECT_KEYS[type] && { [SUBJECT_KEYS[type]]: subject }),
  }
}

/** An error as a span event, after the semantic conventions of exceptions. */
function exceptionOf({ reason, message, count, firstMs, lastMs }: StageError): SpanEvent {
  return {
    timeNs: ns(lastMs),
    name: 'exception',
    attributes: {
      'exception.type': reason,
      'exception.message': message,
      ...(count > 1 && { 'waggle.count': count, 'waggle.first': new Date(firstMs).toISOString() }),
    },
  }
}
