import protobuf from 'protobufjs'
import { expect, it } from 'vitest'
import { requestType } from '../../test/kit/otlp.ts'
import { ENUM_NAMES, type Field, type Message, REQUEST } from './otlp_schema.ts'

const SCALARS: Readonly<Record<string, string>> = {
  traceId: 'bytes',
  spanId: 'bytes',
  spanKind: 'enum',
  statusCode: 'enum',
  temporality: 'enum',
  severity: 'enum',
}

/** A message's fields as `name number type repeated`, and those of all messages in it. */
function ours(message: Message, into = new Map<Message, string[]>()): string[] {
  if (into.has(message)) return []
  const fields = [...message.byName.values()]
  into.set(message, fields.map(fieldText))
  for (const field of fields) if (field.message) ours(field.message, into)
  return [...into.values()].map((lines) => lines.join('; ')).sort()
}

function fieldText({ name, number, repeated, scalar }: Field): string {
  const type = scalar ? (SCALARS[scalar] ?? scalar) : 'message'
  return `${name} ${number} ${type}${repeated ? ' repeated' : ''}`
}

function theirs(type: protobuf.Type, into = new Map<protobuf.Type, string[]>()): string[] {
  if (into.has(type)) return []
  const lines: string[] = []
  into.set(type, lines)
  for (const field of type.fieldsArray) {
    const { resolvedType } = field
    const isMessage = resolvedType instanceof protobuf.Type
    const kind = isMessage ? 'message' : resolvedType ? 'enum' : field.type
    lines.push(`${field.name} ${field.id} ${kind}${field.repeated ? ' repeated' : ''}`)
    if (isMessage) theirs(resolvedType, into)
  }
  return [...into.values()].map((one) => one.join('; ')).sort()
}

it.each(['traces', 'metrics', 'logs'] as const)('has every field of a request of %s', (signal) => {
  const sorted = (lines: string[]) => lines.map((line) => line.split('; ').sort().join('; ')).sort()
  expect(sorted(ours(REQUEST[signal]))).toEqual(sorted(theirs(requestType(signal))))
})

it.each([
  ['traces', 'trace.v1.Span.SpanKind', ENUM_NAMES.spanKind],
  ['traces', 'trace.v1.Status.StatusCode', ENUM_NAMES.statusCode],
  ['metrics', 'metrics.v1.AggregationTemporality', ENUM_NAMES.temporality],
  ['logs', 'logs.v1.SeverityNumber', ENUM_NAMES.severity],
] as const)('has every name of an enum (%s %s)', (signal, name, names) => {
  const { root } = requestType(signal)
  const { values } = root.lookupEnum(`opentelemetry.proto.${name}`)
  expect(Object.fromEntries(names)).toEqual(values)
})
