import { join } from 'node:path'
import protobuf from 'protobufjs'

/** The three signals that OTLP carries. */
export type Signal = 'traces' | 'metrics' | 'logs'

const protoDir = join(import.meta.dirname, '..', 'proto')

const services = {
  traces: { folder: 'trace', message: 'ExportTraceService' },
  metrics: { folder: 'metrics', message: 'ExportMetricsService' },
  logs: { folder: 'logs', message: 'ExportLogsService' },
} as const

const root = loadSchema()

function loadSchema(): protobuf.Root {
  const schema = new protobuf.Root()
  schema.resolvePath = (_origin, target) => join(protoDir, target)
  schema.loadSync(
    Object.values(services).map(
      ({ folder }) => `opentelemetry/proto/collector/${folder}/v1/${folder}_service.proto`,
    ),
  )
  schema.resolveAll()
  return schema
}

function lookup(signal: Signal, suffix: string): protobuf.Type {
  const { folder, message } = services[signal]
  return root.lookupType(`opentelemetry.proto.collector.${folder}.v1.${message}${suffix}`)
}

/** The official message type of an export request. */
export function requestType(signal: Signal): protobuf.Type {
  return lookup(signal, 'Request')
}

/** The official message type of the answer to an export request. */
export function responseType(signal: Signal): protobuf.Type {
  return lookup(signal, 'Response')
}

/** A message as the strict decoders build it: lowerCamelCase names, defaults filled in. */
export type Plain = { [field: string]: unknown }

const idFields = new Set(['traceId', 'spanId', 'parentSpanId'])

/** Whether a bytes field holds an id, which the decoders give as lowercase hex. */
export function isId(field: protobuf.Field): boolean {
  return field.type === 'bytes' && idFields.has(field.name)
}

/** An empty message: lists empty, plain fields at their default, the rest undefined. */
export function emptyMessage(type: protobuf.Type): Plain {
  const message: Plain = {}
  for (const field of type.fieldsArray) {
    message[field.name] = field.repeated ? [] : defaultOf(field)
  }
  return message
}

function defaultOf(field: protobuf.Field): unknown {
  if (field.partOf || field.resolvedType instanceof protobuf.Type) return undefined
  if (field.resolvedType instanceof protobuf.Enum) return 0
  if (isId(field)) return ''
  switch (field.type) {
    case 'string':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    case 'bool':
      return false
    default:
      return is64Bit(field.type) ? 0n : 0
  }
}

/** Whether a protobuf number type has 64 bits, so that the decoders give it as a bigint. */
export function is64Bit(type: string): boolean {
  return type.endsWith('64')
}

/** The other member of the same oneof that the message already has, if any. */
export function rivalOf(field: protobuf.Field, seen: ReadonlySet<string>): string | undefined {
  return field.partOf?.oneof.find((name) => name !== field.name && seen.has(name))
}

/** Refuses enum numbers that the schema does not name. */
export function enumKnows(type: protobuf.Enum, value: number): boolean {
  return type.valuesById[value] !== undefined
}
