import { ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { SendResult } from './send_result.ts'

// Field numbers: opentelemetry/proto/collector/*/v1/*_service.proto, google/rpc/status.proto,
// google/rpc/error_details.proto, google/protobuf/{any,duration}.proto
const RESPONSE_PARTIAL_SUCCESS = 1
const PARTIAL_SUCCESS = { rejected: 1, message: 2 } as const
const STATUS = { message: 2, details: 3 } as const
const ANY = { typeUrl: 1, value: 2 } as const
const RETRY_INFO_DELAY = 1
const DURATION = { seconds: 1, nanos: 2 } as const

/** What a google.rpc.Status says, as far as it says it. */
export interface RpcStatus {
  readonly message?: string
  /** The delay of its RetryInfo, in milliseconds. */
  readonly retryAfterMs?: number
}

/**
 * What a successful answer says: an `Export…ServiceResponse` of any signal. Bytes that are none are
 * taken for a full success: whoever answered so has taken the request.
 */
export function readResponse(bytes: Buffer): SendResult {
  const partial = messageIn(bytes, RESPONSE_PARTIAL_SUCCESS)
  if (!partial) return { kind: 'sent' }
  const fields = fieldsOf(partial)
  const rejected = numberIn(fields, PARTIAL_SUCCESS.rejected)
  return partialSuccess(rejected, textIn(fields, PARTIAL_SUCCESS.message) ?? '')
}

/** A request that was taken but for `rejected` of its items. */
export function partialSuccess(rejected: number, message: string): SendResult {
  if (rejected <= 0 && message === '') return { kind: 'sent' }
  return { kind: 'sent', rejected: Math.max(0, rejected), message }
}

/** Reads a google.rpc.Status; an empty one where the bytes are none. */
export function readRpcStatus(bytes: Buffer): RpcStatus {
  const fields = fieldsOf(bytes)
  const message = textIn(fields, STATUS.message)
  const retryAfterMs = retryInfoOf(fields)
  return { ...(message && { message }), ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function retryInfoOf(status: readonly Field[]): number | undefined {
  for (const { number, value } of status) {
    if (number !== STATUS.details || !Buffer.isBuffer(value)) continue
    const any = fieldsOf(value)
    if (!textIn(any, ANY.typeUrl)?.endsWith('/google.rpc.RetryInfo')) continue
    const delay = messageIn(bytesIn(any, ANY.value) ?? Buffer.alloc(0), RETRY_INFO_DELAY)
    return delay ? millisecondsOf(fieldsOf(delay)) : 0
  }
  return undefined
}

function millisecondsOf(duration: readonly Field[]): number {
  const ms = numberIn(duration, DURATION.seconds) * 1000 + numberIn(duration, DURATION.nanos) / 1e6
  return Math.max(0, ms)
}

interface Field {
  readonly number: number
  readonly value: number | Buffer
}

/** No fields at all where the bytes are no message: what a server adds to its answer may be anything. */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = []
  const reader = new ProtoReader().over(bytes, 0, bytes.length)
  while (reader.next()) {
    const { field: number, from, to, wire } = reader
    const value = wire === WIRE.varint ? Number(reader.signed) : bytes.subarray(from, to)
    fields.push({ number, value })
  }
  return reader.problem === '' ? fields : []
}

function messageIn(bytes: Buffer, wanted: number): Buffer | undefined {
  return bytesIn(fieldsOf(bytes), wanted)
}

function bytesIn(fields: readonly Field[], wanted: number): Buffer | undefined {
  const value = fields.findLast(({ number }) => number === wanted)?.value
  return Buffer.isBuffer(value) ? value : undefined
}

function textIn(fields: readonly Field[], wanted: number): string | undefined {
  return bytesIn(fields, wanted)?.toString()
}

function numberIn(fields: readonly Field[], wanted: number): number {
  const value = fields.findLast(({ number }) => number === wanted)?.value
  return typeof value === 'number' ? value : 0
}
