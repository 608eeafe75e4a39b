import type { Outcome, PartialSuccess } from '../../src/pdata/delivery.ts'
import type { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'

/** Status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const CODE = {
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const
/** One of the status codes. */
export type Code = (typeof CODE)[keyof typeof CODE]

/** What a client is told, in the terms of both protocols. */
export type Answer = Success | Failure

/** The request was taken, all of it or a part. */
export interface Success {
  readonly kind: 'taken'
  /** Items that were not taken, and must not be sent again. */
  readonly rejected: number
  /** Why; empty where all were taken. */
  readonly message: string
}

/** The request was not taken. */
export interface Failure {
  readonly kind: 'failed'
  readonly code: Code
  /** The HTTP status. */
  readonly http: number
  readonly message: string
  /** When to send it again, in milliseconds from now. */
  readonly retryAfterMs?: number
  /** What is wrong with it: a place and a sentence. */
  readonly violation?: { readonly field: string; readonly description: string }
}

/** All was taken. */
export const TAKEN: Success = { kind: 'taken', rejected: 0, message: '' }

/** The agent cannot take more for now; `reason` of a refusal. */
const OVERLOADED: ReadonlySet<string> = new Set(['queue_full', 'memory_limit', 'too_many_pending'])

/**
 * Reasons of a rejection that are the agent's own end or failure: the data may well be taken when they
 * are sent again, here or elsewhere.
 */
const PASSING: ReadonlySet<string> = new Set(['not_drained', 'pipeline_failed', 'shutdown'])

/** Reasons of a rejection for which the data are to blame. */
const BAD_DATA: ReadonlySet<string> = new Set(['rejected', 'too_large', 'malformed'])

const SENTENCES: Readonly<Record<string, string>> = {
  queue_full: 'sending queue is full',
  memory_limit: 'data refused due to high memory usage',
  too_many_pending: 'too many requests are waiting',
  shutdown: 'the agent is shutting down',
  not_drained: 'the agent shut down before the data were sent',
  pipeline_failed: 'the pipeline failed',
  no_consumer: 'no pipeline takes this kind of data',
  rejected: 'the destination does not take the data',
}

/**
 * What a client is told of an outcome (https://opentelemetry.io/docs/specs/otlp/#failures). What may
 * be sent again is UNAVAILABLE, also where the agent has too much to do ("OTLP/gRPC throttling"), and
 * 503 or 429 over HTTP.
 */
export function answerTo(outcome: Outcome): Answer {
  if (outcome.kind === 'accepted') return taken(outcome.partial)
  const { reason } = outcome
  const message = SENTENCES[reason] ?? reason.replaceAll('_', ' ')
  if (outcome.kind === 'refused') return refusal(reason, message, outcome.afterMs)
  if (PASSING.has(reason)) return refusal(reason, message)
  if (reason === 'no_consumer') return failed(CODE.unimplemented, 404, message)
  if (BAD_DATA.has(reason)) return failed(CODE.invalidArgument, 400, message)
  return failed(CODE.internal, 500, message)
}

/** The body is no OTLP. */
export function malformed({ message, what, at }: MalformedOtlp): Failure {
  const field = typeof at === 'number' ? `byte ${at}` : at
  const violation = { field, description: what }
  return { ...failed(CODE.invalidArgument, 400, message), violation }
}

/** The body, or what it becomes, is larger than `maxBytes`. */
export function tooLarge(maxBytes: number): Failure {
  return failed(CODE.resourceExhausted, 413, `request is larger than ${maxBytes} bytes`)
}

/** The body cannot be read. */
export function unreadable(message: string): Failure {
  return failed(CODE.invalidArgument, 400, message)
}

/** A request that was not taken. */
export function failed(code: Code, http: number, message: string): Failure {
  return { kind: 'failed', code, http, message }
}

function taken(partial: PartialSuccess | undefined): Success {
  if (!partial) return TAKEN
  return { kind: 'taken', rejected: partial.items, message: partial.message }
}

/** A request that may be sent again. */
function refusal(reason: string, message: string, afterMs?: number): Failure {
  const answer = failed(CODE.unavailable, OVERLOADED.has(reason) ? 429 : 503, message)
  return afterMs === undefined ? answer : { ...answer, retryAfterMs: afterMs }
}
