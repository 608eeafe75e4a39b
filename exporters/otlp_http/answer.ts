import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'
import type { HttpAnswer } from '../../src/helpers/http_request.ts'
import { retryAfterMs, shortText } from '../../src/helpers/http_retry_after.ts'
import { readResponse, readRpcStatus } from '../../src/helpers/otlp_answer.ts'
import { readJsonResponse, readJsonRpcStatus } from '../../src/helpers/otlp_answer_json.ts'
import type { SendResult } from '../../src/helpers/send_result.ts'

/**
 * Statuses after which the same request may be sent again
 * (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes).
 */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504])
/**
 * What an answer says.
 * @param nowMs milliseconds since 1970, for a Retry-After that is a date
 */
export function readAnswer(answer: HttpAnswer, nowMs: number): SendResult {
  const { status, headers } = answer
  if (status >= 200 && status < 300) return readSuccess(answer)
  const reason = `HTTP ${status} ${STATUS_CODES[status] ?? ''}`.trim()
  if (status >= 300 && status < 400) {
    return { kind: 'rejected', reason: `${reason}: ${redirection(headers)}` }
  }
  const said = failureOf(answer)
  const words = said.message ? `${reason}: ${said.message}` : reason
  if (!RETRYABLE.has(status)) return { kind: 'rejected', reason: words }
  const afterMs = retryAfterMs(headers['retry-after'], nowMs) ?? said.retryAfterMs
  return { kind: 'retry', reason: words, ...(afterMs !== undefined && { afterMs }) }
}

/** True for an answer that OTLP knows: other ones come from something that is no OTLP server. */
export function isOtlp({ headers, body }: HttpAnswer): boolean {
  return body.length === 0 || formatOf(headers) !== 'other'
}

function readSuccess({ headers, body }: HttpAnswer): SendResult {
  const format = formatOf(headers)
  if (format === 'other') return { kind: 'sent' }
  return format === 'json' ? readJsonResponse(body) : readResponse(body)
}

function failureOf({ headers, body }: HttpAnswer): {
  readonly message?: string
  readonly retryAfterMs?: number
} {
  const format = formatOf(headers)
  if (format === 'proto') return readRpcStatus(body)
  if (format === 'json') return readJsonRpcStatus(body)
  if (!headers['content-type']?.startsWith('text/plain')) return {}
  return { message: shortText(body) }
}

function formatOf(headers: IncomingHttpHeaders): 'proto' | 'json' | 'other' {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'proto'
  return type === 'application/json' ? 'json' : 'other'
}

/** Whoever redirects may send the data elsewhere, so nothing follows but people. */
function redirection({ location = 'another place' }: IncomingHttpHeaders): string {
  return `redirects to ${location}, which is not followed; set the endpoint to it`
}
