import type { Attributes, AttributeValue } from './attributes.ts'
import type { ProtoWriter } from './proto_writer.ts'

// Field numbers: opentelemetry/proto/common/v1/common.proto
/** Field numbers of `KeyValue`. */
export const KEY_VALUE = { key: 1, value: 2 } as const
/** Field numbers of `AnyValue`. */
export const ANY_VALUE = {
  string: 1,
  bool: 2,
  int: 3,
  double: 4,
  array: 5,
  kvlist: 6,
  bytes: 7,
} as const
/** The only field of `ArrayValue` and of `KeyValueList`. */
export const LIST_VALUES = 1

/** Writes `attributes` as repeated `KeyValue` in field `field`, in their own order. */
export function encodeAttributes(field: number, attributes: Attributes, out: ProtoWriter): void {
  const entries = Object.entries(attributes)
  for (let i = entries.length - 1; i >= 0; i--) {
    const [key, value] = entries[i] as [string, AttributeValue]
    encodeAttribute(field, key, value, out)
  }
}

/** Writes one `KeyValue` in field `field`. */
export function encodeAttribute(
  field: number,
  key: string,
  value: AttributeValue,
  out: ProtoWriter,
): void {
  const mark = out.mark()
  const valueMark = out.mark()
  encodeAnyValue(value, out)
  out.message(KEY_VALUE.value, valueMark)
  out.string(KEY_VALUE.key, key)
  out.message(field, mark)
}

/** Writes the one set field of an `AnyValue`. */
export function encodeAnyValue(value: AttributeValue, out: ProtoWriter): void {
  if (value === null) return
  if (typeof value === 'string') return out.string(ANY_VALUE.string, value)
  if (typeof value === 'boolean') return out.uint(ANY_VALUE.bool, value ? 1 : 0)
  if (typeof value === 'bigint') return out.int64(ANY_VALUE.int, value)
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return out.int64(ANY_VALUE.int, value)
    return out.double(ANY_VALUE.double, value)
  }
  if (value instanceof Uint8Array) return out.bytes(ANY_VALUE.bytes, value)
  const mark = out.mark()
  if (Array.isArray(value)) {
    encodeList(value, out)
    return out.message(ANY_VALUE.array, mark)
  }
  encodeAttributes(LIST_VALUES, value as Attributes, out)
  out.message(ANY_VALUE.kvlist, mark)
}

function encodeList(values: readonly AttributeValue[], out: ProtoWriter): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeAnyValue(values[i] as AttributeValue, out)
    out.message(LIST_VALUES, mark)
  }
}
