import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import type { Failure, Success } from './answer.ts'

// Field numbers: opentelemetry/proto/collector/*/v1/*_service.proto, google/rpc/status.proto,
// google/rpc/error_details.proto, google/protobuf/{any,duration}.proto
const RESPONSE_PARTIAL_SUCCESS = 1
const PARTIAL_SUCCESS = { rejected: 1, message: 2 } as const
const STATUS = { code: 1, message: 2, details: 3 } as const
const ANY = { typeUrl: 1, value: 2 } as const
const RETRY_INFO_DELAY = 1
const DURATION = { seconds: 1, nanos: 2 } as const
const BAD_REQUEST_VIOLATIONS = 1
const VIOLATION = { field: 1, description: 2 } as const

const TYPES = 'type.googleapis.com/google.rpc.'
const REJECTED = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
} as const

const EMPTY = Buffer.alloc(0)
const EMPTY_JSON = Buffer.from('{}')

/** An `Export…ServiceResponse`, the same in protobuf for every signal. */
export function responseBytes({ rejected, message }: Success): Buffer {
  if (rejected === 0 && message === '') return EMPTY
  const out = new ProtoWriter(256)
  if (message) out.string(PARTIAL_SUCCESS.message, message)
  if (rejected > 0) out.uint(PARTIAL_SUCCESS.rejected, rejected)
  out.message(RESPONSE_PARTIAL_SUCCESS, 0)
  return out.toBytes()
}

/** An `Export…ServiceResponse` in JSON. */
export function responseJson(signal: Signal, { rejected, message }: Success): Buffer {
  if (rejected === 0 && message === '') return EMPTY_JSON
  const partialSuccess = {
    ...(rejected > 0 && { [REJECTED[signal]]: String(rejected) }),
    ...(message && { errorMessage: message }),
  }
  return Buffer.from(JSON.stringify({ partialSuccess }))
}

/** A `google.rpc.Status`, with RetryInfo and BadRequest where they are known. */
export function statusBytes(failure: Failure): Buffer {
  const { code, message, retryAfterMs, violation } = failure
  const out = new ProtoWriter(512)
  if (violation) detail('BadRequest', out, () => writeBadRequest(violation, out))
  if (retryAfterMs !== undefined) detail('RetryInfo', out, () => writeRetryInfo(retryAfterMs, out))
  out.string(STATUS.message, message)
  out.uint(STATUS.code, code)
  return out.toBytes()
}

/** A `google.rpc.Status` in JSON. */
export function statusJson({ code, message, retryAfterMs, violation }: Failure): Buffer {
  const details = [
    ...(retryAfterMs === undefined
      ? []
      : [{ '@type': `${TYPES}RetryInfo`, retryDelay: `${retryAfterMs / 1000}s` }]),
    ...(violation ? [{ '@type': `${TYPES}BadRequest`, fieldViolations: [violation] }] : []),
  ]
  return Buffer.from(JSON.stringify({ code, message, ...(details.length > 0 && { details }) }))
}

function detail(type: string, out: ProtoWriter, write: () => void): void {
  const whole = out.mark()
  write()
  out.message(ANY.value, whole)
  out.string(ANY.typeUrl, TYPES + type)
  out.message(STATUS.details, whole)
}

function writeRetryInfo(ms: number, out: ProtoWriter): void {
  const mark = out.mark()
  const nanos = Math.round((ms % 1000) * 1e6)
  if (nanos > 0) out.uint(DURATION.nanos, nanos)
  out.uint(DURATION.seconds, Math.floor(ms / 1000))
  out.message(RETRY_INFO_DELAY, mark)
}

function writeBadRequest(
  { field, description }: NonNullable<Failure['violation']>,
  out: ProtoWriter,
): void {
  const mark = out.mark()
  out.string(VIOLATION.description, description)
  out.string(VIOLATION.field, field)
  out.message(BAD_REQUEST_VIOLATIONS, mark)
}
