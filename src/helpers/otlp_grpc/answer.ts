import { status } from '@grpc/grpc-js'
import { readRpcStatus } from '../otlp_answer.ts'
import type { SendResult } from '../send_result.ts'

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

/**
 * What a failed call says.
 * @param details the trailer `grpc-status-details-bin`
 */
export function readFailure(code: number, message: string, details?: Buffer): SendResult {
  const reason = `${status[code] ?? `status ${code}`}: ${message}`
  const { retryAfterMs: afterMs } = details ? readRpcStatus(details) : {}
  const retryable =
    RETRYABLE.has(code) || (code === status.RESOURCE_EXHAUSTED && afterMs !== undefined)
  if (!retryable) return { kind: 'rejected', reason }
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs }
}
