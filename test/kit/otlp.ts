import protobuf from 'protobufjs'
import { readJson } from './otlp_json.ts'
import { checkLogs, checkMetrics, checkTraces } from './otlp_rules.ts'
import { is64Bit, isId, requestType, responseType, type Plain, type Signal } from './otlp_schema.ts'
import type { LogsRequest, MetricsRequest, Requests, TracesRequest } from './otlp_types.ts'
import { readMessage } from './otlp_wire.ts'

// The strict decoder of OTLP: it accepts what the protocol allows an exporter to send, and refuses
// the rest with the place and the reason. It shares no code with the product and reads the official
// schema files.

export { OtlpError } from './otlp_error.ts'
export { readJson } from './otlp_json.ts'
export { requestType, responseType } from './otlp_schema.ts'
export type { Signal } from './otlp_schema.ts'
export type * from './otlp_types.ts'
export { ids, logs, plainAttributes, points, spans } from './otlp_views.ts'
export type {
  Ids,
  LogView,
  PlainAttributes,
  PlainValue,
  PointView,
  SpanView,
} from './otlp_views.ts'
export { countItems } from './otlp_wire.ts'

const rules = {
  traces: (request: Plain) => checkTraces(request as unknown as TracesRequest),
  metrics: (request: Plain) => checkMetrics(request as unknown as MetricsRequest),
  logs: (request: Plain) => checkLogs(request as unknown as LogsRequest),
}

/** Decodes and checks a protobuf export request; throws an OtlpError that lists every problem. */
export function decodeRequest<S extends Signal>(signal: S, bytes: Uint8Array): Requests[S] {
  return checked(signal, readMessage(requestType(signal), bytes))
}

/** Decodes and checks an OTLP/JSON export request into the same shape. */
export function decodeJsonRequest<S extends Signal>(
  signal: S,
  json: string | Uint8Array,
): Requests[S] {
  return checked(signal, readJson(requestType(signal), json))
}

function checked<S extends Signal>(signal: S, request: Plain): Requests[S] {
  rules[signal](request)
  return request as unknown as Requests[S]
}

/** Decodes a protobuf export request of spans. */
export function decodeTraces(bytes: Uint8Array): TracesRequest {
  return decodeRequest('traces', bytes)
}

/** Decodes a protobuf export request of metrics. */
export function decodeMetrics(bytes: Uint8Array): MetricsRequest {
  return decodeRequest('metrics', bytes)
}

/** Decodes a protobuf export request of logs. */
export function decodeLogs(bytes: Uint8Array): LogsRequest {
  return decodeRequest('logs', bytes)
}

/** What a receiver answered: how many items it refused within an accepted request, and why. */
export interface ExportAnswer {
  rejected: bigint
  message: string
}

/** Decodes the answer of a receiver, strictly. */
export function decodeAnswer(signal: Signal, bytes: Uint8Array): ExportAnswer {
  const { partialSuccess } = readMessage(responseType(signal), bytes)
  const partial = (partialSuccess ?? {}) as Plain
  return {
    rejected: (partial[rejectedField[signal]] ?? 0n) as bigint,
    message: (partial['errorMessage'] ?? '') as string,
  }
}

const rejectedField = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
} as const

/** Encodes the answer that refuses some items of a request; no items and no message is plain success. */
export function encodeAnswer(signal: Signal, { rejected, message }: ExportAnswer): Buffer {
  const partialSuccess = { [rejectedField[signal]]: rejected, errorMessage: message }
  const isPlain = rejected === 0n && message === ''
  return encode(responseType(signal), isPlain ? {} : { partialSuccess })
}

/** A request with any part left out, as tests write it. */
export type Draft<T> = T extends bigint | string | number | boolean | Buffer | undefined
  ? T
  : T extends (infer Item)[]
    ? Draft<Item>[]
    : { [Field in keyof T]?: Draft<T[Field]> }

/** Encodes a request with protobufjs, unchecked: for tests of receivers, and of this decoder. */
export function encodeRequest<S extends Signal>(signal: S, request: Draft<Requests[S]>): Buffer {
  return encode(requestType(signal), request)
}

function encode(type: protobuf.Type, message: Plain): Buffer {
  const encoded = type.encode(type.fromObject(forProtobufjs(type, message))).finish()
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
}

/** Turns ids to bytes and bigints to decimal text, as protobufjs takes them, all through a message. */
function forProtobufjs(type: protobuf.Type, message: Plain): Plain {
  const fields = Object.entries(message).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    fields.map(([name, value]) => {
      const field = type.fields[name]
      if (!field) throw new Error(`${type.name} has no field "${name}"`)
      const list = Array.isArray(value) ? value.map((item) => forField(field, item)) : undefined
      return [name, list ?? forField(field, value)]
    }),
  )
}

function forField(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Type) {
    return forProtobufjs(field.resolvedType, value as Plain)
  }
  if (isId(field)) return Buffer.from(value as string, 'hex')
  return is64Bit(field.type) ? String(value) : value
}
