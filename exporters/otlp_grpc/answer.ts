import { status } from '@grpc/grpc-js'
import type { SendResult } from '../../src/helpers/send_result.ts'
import { readFields } from './proto_reader.ts'

// Field numbers: opentelemetry/proto/collector/*/v1/*_service.proto, google/rpc/status.proto,
// google/rpc/error_details.proto, google/protobuf/{any,duration}.proto
const RESPONSE_PARTIAL_SUCCESS = 1
const PARTIAL_SUCCESS = { rejected: 1, message: 2 } as const
const STATUS_DETAILS = 3
const ANY = { typeUrl: 1, value: 2 } as const
const RETRY_INFO_DELAY = 1
const DURATION = { seconds: 1, nanos: 2 } as const

/**
 * Statuses after which the same request may be sent again
 * (https://opentelemetry.io/docs/specs/otlp/#failures). RESOURCE_EXHAUSTED belongs to them only when
 * the server says when to come back.
 */
const RETRYABLE: ReadonlySet<number> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
])

/** What a successful answer says: an Export…ServiceResponse of any signal. */
export function readResponse(bytes: Buffer): SendResult {
  const partial = messageIn(bytes, RESPONSE_PARTIAL_SUCCESS)
  if (!partial) return { kind: 'sent' }
  let rejected = 0
  let message = ''
  for (const { number, value } of fieldsOf(partial)) {
    if (number === PARTIAL_SUCCESS.rejected) rejected = Number(value)
    if (number === PARTIAL_SUCCESS.message) message = String(value)
  }
  return { kind: 'sent', rejected, message }
}

/**
 * What a failed call says.
 * @param details the trailer `grpc-status-details-bin`
 */
export function readFailure(code: number, message: string, details?: Buffer): SendResult {
  const reason = `${status[code] ?? `status ${code}`}: ${message}`
  const afterMs = details && retryDelayMs(details)
  const retryable =
    RETRYABLE.has(code) || (code === status.RESOURCE_EXHAUSTED && afterMs !== undefined)
  if (!retryable) return { kind: 'rejected', reason }
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs }
}

/** The delay of the RetryInfo in a google.rpc.Status, in milliseconds; undefined when there is none. */
export function retryDelayMs(details: Buffer): number | undefined {
  for (const { number, value } of fieldsOf(details)) {
    if (number !== STATUS_DETAILS || !Buffer.isBuffer(value)) continue
    const typeUrl = String(messageIn(value, ANY.typeUrl) ?? '')
    if (!typeUrl.endsWith('/google.rpc.RetryInfo')) continue
    return delayOf(messageIn(value, ANY.value) ?? Buffer.alloc(0))
  }
  return undefined
}

function delayOf(retryInfo: Buffer): number {
  const delay = messageIn(retryInfo, RETRY_INFO_DELAY)
  let ms = 0
  for (const { number, value } of delay ? fieldsOf(delay) : []) {
    if (number === DURATION.seconds) ms += Number(value) * 1000
    if (number === DURATION.nanos) ms += Number(value) / 1e6
  }
  return Math.max(0, ms)
}

function messageIn(bytes: Buffer, wanted: number): Buffer | undefined {
  const field = fieldsOf(bytes).find(({ number }) => number === wanted)
  return field && Buffer.isBuffer(field.value) ? field.value : undefined
}

/** No fields at all where the bytes are no message: what a server adds to its answer may be anything. */
function fieldsOf(bytes: Buffer): { number: number; value: number | Buffer }[] {
  try {
    return [...readFields(bytes)]
  } catch {
    return []
  }
}
