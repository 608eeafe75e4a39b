import protobuf from 'protobufjs'
import { requestType } from '../../test/kit/otlp.ts'
import type { Signal } from './otlp_request.ts'

/*
 * Random requests of the official schema, made by its own reflection: a field that the schema has is
 * in them without anybody naming it here.
 */

/** A random number below a limit, the same ones for the same seed. */
export type Below = (limit: number) => number

/** Random numbers that are the same each time (a linear congruential generator, high bits). */
export function generator(seed: number): Below {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

const TEXTS = ['a', 'GET', 'ä€🐝', '\0\n"\\', 'x'.repeat(200), '__proto__', 'constructor']
const BIG = ['0', '1', '127', '128', '2147483648', '4294967296', '9007199254740991']
const SIGNED = [...BIG, '-1', '-4294967296', '-9007199254740993', '9223372036854775807']
/** Attributes keep no trace of a whole number's having been a double. */
const DOUBLES = [0.5, -1.25, 1e300, 2 ** 60, 5e-324, Number.NaN, Infinity, -Infinity]
const ID_BYTES: Record<string, number> = { traceId: 16, spanId: 8, parentSpanId: 8 }
/** Enums whose other numbers are read as another one of them. */
const ENUMS: Record<string, readonly number[]> = {
  kind: [1, 2, 3, 4, 5],
  code: [0, 1, 2],
  aggregationTemporality: [0, 1, 2],
  severityNumber: [0, 1, 9, 24],
}

class Generator {
  readonly #below: Below

  constructor(below: Below) {
    this.#below = below
  }

  message(type: protobuf.Type, depth: number): Record<string, unknown> {
    const json: Record<string, unknown> = {}
    const chosen = type.oneofsArray.map(({ oneof }) => oneof[this.#below(oneof.length)])
    for (const field of type.fieldsArray) {
      field.resolve()
      const { partOf } = field
      const isAlternative = partOf !== null && partOf.oneof.length > 1
      const leftOut = isAlternative ? !chosen.includes(field.name) : this.#leftOut(type, field)
      if (leftOut && depth > 0) continue
      if (!field.repeated) json[field.name] = this.#value(field, depth)
      else json[field.name] = this.#list(field, depth)
    }
    return json
  }

  #leftOut(type: protobuf.Type, { name }: protobuf.Field): boolean {
    // A kind that is not there is read as one that is, and a time as the beginning of time.
    if (type.name === 'Span' && (name === 'kind' || name.endsWith('Nano'))) return false
    if (type.name === 'KeyValue' || name === 'body') return false
    return this.#below(4) === 0
  }

  #list(field: protobuf.Field, depth: number): unknown[] {
    // One group at least; and values do not go on for ever.
    const least = depth === 0 ? 1 : 0
    const length = depth > 4 && field.name === 'values' ? 0 : least + this.#below(4 - least)
    return Array.from({ length }, (_, i) => {
      const value = this.#value(field, depth)
      // Of attributes with the same key only one can be told.
      if (field.resolvedType?.name !== 'KeyValue') return value
      const keyed = value as { key: string }
      return { ...keyed, key: `${keyed.key}.${i}` }
    })
  }

  #value(field: protobuf.Field, depth: number): unknown {
    const { resolvedType, name } = field
    if (resolvedType instanceof protobuf.Enum) return this.#of(ENUMS[name] ?? [0])
    if (resolvedType instanceof protobuf.Type) return this.message(resolvedType, depth + 1)
    switch (field.type) {
      case 'string':
        return this.#of(TEXTS)
      case 'bool':
        return this.#below(2) === 1
      case 'bytes':
        return Buffer.from(this.#bytes(ID_BYTES[name] ?? this.#below(70)))
      case 'double':
        return this.#of(field.parent?.name === 'AnyValue' ? DOUBLES : [...DOUBLES, 0, 3, -7])
      case 'int64':
        return this.#of(SIGNED)
      case 'sfixed64':
        return this.#of(field.parent?.name === 'Exemplar' ? BIG : SIGNED)
      case 'fixed64':
        return name.includes('Nano') ? String(1_790_000_000_000_000_123n) : this.#of(BIG)
      case 'uint64':
        return this.#of(BIG)
      case 'sint32':
        return this.#of([0, 1, -1, 20, -(2 ** 31), 2 ** 31 - 1])
      default:
        return this.#of([0, 1, 300, 2 ** 32 - 1])
    }
  }

  #bytes(length: number): number[] {
    return Array.from({ length }, () => this.#below(256))
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T
  }
}

/** A random request as the official library encodes it. */
export function randomRequest(signal: Signal, seed: number): Buffer {
  const type = requestType(signal)
  const message = new Generator(generator(seed)).message(type, 0)
  return Buffer.from(type.encode(type.fromObject(message)).finish())
}

/** What the official library reads, every field of it; 64-bit numbers as decimal text. */
export function officially(signal: Signal, body: Buffer): Record<string, unknown> {
  const type = requestType(signal)
  return type.toObject(type.decode(body), { longs: String, bytes: String, arrays: true })
}

/** An item of a request with all that stands around it. */
export interface Row {
  readonly resource: unknown
  readonly resourceUrl: unknown
  readonly scope: unknown
  readonly scopeUrl: unknown
  readonly item: Record<string, unknown>
}

type Groups = Record<string, unknown>[]

/** The items of a request as the official library reads them, one by one. */
export function rowsOf(signal: Signal, body: Buffer): Row[] {
  const [groups] = Object.values(officially(signal, body)) as [Groups]
  return groups.flatMap((group) =>
    listIn(group).flatMap((scopeGroup) =>
      listIn(scopeGroup).map((item) => ({
        resource: group['resource'],
        resourceUrl: group['schemaUrl'],
        scope: scopeGroup['scope'],
        scopeUrl: scopeGroup['schemaUrl'],
        item,
      })),
    ),
  )
}

/** Number of data points of a metric. */
export function pointsIn({ item }: Row): number {
  const data = Object.values(item).find(hasPoints)
  return data?.dataPoints.length ?? 0
}

function hasPoints(value: unknown): value is { dataPoints: unknown[] } {
  return typeof value === 'object' && value !== null && 'dataPoints' in value
}

/** Number of items that the official library sees. */
export function itemsIn(signal: Signal, body: Buffer): number {
  const rows = rowsOf(signal, body)
  return signal === 'metrics' ? rows.reduce((sum, row) => sum + pointsIn(row), 0) : rows.length
}

/** The kinds of data, each with so many seeds: `[signal, seed]`. */
export function cases(seeds: number): (readonly [Signal, number])[] {
  const list = Array.from({ length: seeds }, (_, i) => i * 7919 + 1)
  const signals = ['traces', 'metrics', 'logs'] as const
  return signals.flatMap((signal) => list.map((seed) => [signal, seed] as const))
}

function listIn(group: Record<string, unknown>): Groups {
  return (Object.values(group).find((value) => Array.isArray(value)) ?? []) as Groups
}
