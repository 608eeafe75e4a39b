import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { encodeAttribute } from '../../src/pdata/otlp_attributes.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'

const EMPTY = Buffer.alloc(0)

/** Attributes of a span, encoded, to be copied into many spans. */
export function fragment(...attributes: readonly (readonly [string, AttributeValue])[]): Buffer {
  if (attributes.length === 0) return EMPTY
  const out = new ProtoWriter(512)
  for (const [key, value] of attributes.toReversed()) {
    encodeAttribute(SPAN.attributes, key, value, out)
  }
  return out.toBytes()
}

/** Longest value for which the bytes in front of it are kept. */
const KEPT = 512

/**
 * Writes an attribute whose key is known long before its value. All that stands in front of a value
 * depends only on the value's length, so it is encoded once for each length.
 */
export class AttributeWriter {
  readonly #key: string
  readonly #ofInts: Buffer[] = []
  readonly #ofStrings: Buffer[] = []

  constructor(key: string) {
    this.#key = key
  }

  /** An integer of 0 to 2^53 - 1. */
  uint(value: number, out: ProtoWriter): void {
    const mark = out.mark()
    out.varint(value)
    const length = out.mark() - mark
    let prefix = this.#ofInts[length]
    if (prefix === undefined) this.#ofInts[length] = prefix = this.#prefix(length, INT_VALUE)
    out.raw(prefix)
  }

  /** A number as a double. */
  double(value: number, out: ProtoWriter): void {
    const mark = out.mark()
    out.double(DOUBLE_VALUE, value)
    out.message(KEY_VALUE.value, mark)
    out.string(KEY_VALUE.key, this.#key)
    out.message(SPAN.attributes, mark)
  }

  /** Bytes that are UTF-8. */
  text(bytes: Buffer, from: number, end: number, out: ProtoWriter): void {
    out.rawSlice(bytes, from, end - from)
    this.close(end - from, out)
  }

  /** A string. */
  string(value: string, out: ProtoWriter): void {
    const bytes = Buffer.from(value)
    this.text(bytes, 0, bytes.length, out)
  }

  /** The last `length` bytes, which were written raw and are UTF-8, become the value. */
  close(length: number, out: ProtoWriter): void {
    let prefix = this.#ofStrings[length]
    if (prefix === undefined) {
      prefix = this.#prefix(length, STRING_VALUE)
      if (length <= KEPT) this.#ofStrings[length] = prefix
    }
    out.raw(prefix)
  }

  /** The bytes of an attribute that has a value of `length` bytes, up to that value. */
  #prefix(length: number, kind: typeof INT_VALUE | typeof STRING_VALUE): Buffer {
    const out = new ProtoWriter(128)
    out.raw(Buffer.alloc(length))
    if (kind === STRING_VALUE) out.message(STRING_VALUE, 0)
    else out.tag(INT_VALUE, 0)
    out.message(KEY_VALUE.value, 0)
    out.string(KEY_VALUE.key, this.#key)
    out.message(SPAN.attributes, 0)
    const bytes = out.toBytes()
    return bytes.subarray(0, bytes.length - length)
  }
}

// Field numbers: opentelemetry/proto/common/v1/common.proto
const KEY_VALUE = { key: 1, value: 2 } as const
const STRING_VALUE = 1
const INT_VALUE = 3
const DOUBLE_VALUE = 4
