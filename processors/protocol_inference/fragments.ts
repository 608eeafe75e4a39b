import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { encodeAttribute } from '../../src/pdata/otlp_attributes.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'

const EMPTY = Buffer.alloc(0)

/** Attributes of a span, encoded, to be copied into many spans. */
export function fragment(...attributes: readonly (readonly [string, AttributeValue])[]): Buffer {
  if (attributes.length === 0) return EMPTY
  const out = new ProtoWriter(512)
  for (const [key, value] of attributes.toReversed()) encodeAttribute(SPAN.attributes, key, value, out)
  return out.toBytes()
}

/**
 * Writes an attribute whose key is known long before its value. `KeyValue` is { key = 1, value = 2 }
 * and `AnyValue` { string_value = 1, int_value = 3 } (opentelemetry/proto/common/v1/common.proto).
 */
export class AttributeWriter {
  /** The key's field and the tag of the value's. */
  readonly #prefix: Buffer

  constructor(key: string) {
    const out = new ProtoWriter(128)
    out.tag(2, 2)
    out.string(1, key)
    this.#prefix = out.toBytes()
  }

  /** An integer of 0 to 2^53 - 1. */
  uint(value: number, out: ProtoWriter): void {
    const mark = out.mark()
    out.uint(3, value)
    this.#close(mark, out)
  }

  /** Bytes that are UTF-8. */
  text(bytes: Buffer, from: number, end: number, out: ProtoWriter): void {
    const mark = out.mark()
    out.rawSlice(bytes, from, end - from)
    this.close(mark, out)
  }

  /** A string. */
  string(value: string, out: ProtoWriter): void {
    const mark = out.mark()
    out.string(1, value)
    this.#close(mark, out)
  }

  /** What was written raw since `mark`, which is UTF-8, as the value. */
  close(mark: number, out: ProtoWriter): void {
    out.varint(out.length - mark)
    out.tag(1, 2)
    this.#close(mark, out)
  }

  #close(mark: number, out: ProtoWriter): void {
    out.varint(out.length - mark)
    out.raw(this.#prefix)
    out.message(SPAN.attributes, mark)
  }
}
