import { MalformedOtlp } from './malformed_otlp.ts'
import { valueOfShort } from './otlp_any_value.ts'
import { ANY_VALUE } from './otlp_attributes.ts'
import { type Field, keyValue, type Message } from './otlp_schema.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { wrongType } from './outline.ts'

/**
 * Messages in each other at most: other readers of protobuf (C++, Java) take 100, and refuse the whole
 * request for one more.
 */
const MAX_DEPTH = 100

const readers: ProtoReader[] = []

/**
 * Looks at every field of a message, to the last: lengths, numbers, types, the lengths of ids.
 * Unknown fields may have any content. Throws MalformedOtlp.
 */
export function checkMessage(
  message: Message,
  bytes: Buffer,
  from: number,
  to: number,
  depth = 0,
): void {
  const reader = (readers[depth] ??= new ProtoReader()).over(bytes, from, to)
  const { fields } = message
  while (reader.next()) {
    const field = reader.field < fields.length ? fields[reader.field] : undefined
    if (field === undefined) continue
    if (reader.wire !== field.wire) checkPacked(field, reader)
    else if (field.message !== undefined) checkInner(field.message, reader, depth + 1)
    else if (field.bytes !== 0) checkId(field, reader)
  }
  if (reader.problem) throw new MalformedOtlp(reader.problem, reader.at)
}

function checkInner(message: Message, { bytes, from, to, at }: ProtoReader, depth: number): void {
  if (message === keyValue && isShortText(bytes, from, to)) return
  if (depth <= MAX_DEPTH) return checkMessage(message, bytes, from, to, depth)
  throw new MalformedOtlp(`more than ${MAX_DEPTH} messages in each other`, at)
}

const TEXT_TAG = (ANY_VALUE.string << 3) | WIRE.bytes

/** Most of what is to be checked are attributes with a short text. */
function isShortText(bytes: Buffer, from: number, to: number): boolean {
  const value = valueOfShort(bytes, from, to)
  return value >= 0 && bytes[value] === TEXT_TAG && bytes[value + 1] === to - value - 2
}

function checkId(field: Field, { from, to, at }: ProtoReader): void {
  const length = to - from
  if (length === field.bytes || length === 0) return
  throw new MalformedOtlp(`an id of ${length} bytes, not of ${field.bytes}`, at)
}

/** A field of another wire type than its own: a list of numbers in one piece, or a fault. */
function checkPacked(field: Field, reader: ProtoReader): void {
  const { bytes, from, to, at } = reader
  if (!field.repeated || reader.wire !== WIRE.bytes) throw wrongType(reader)
  const isVarint = field.wire === WIRE.varint
  const whole = isVarint ? from === to || (bytes[to - 1] as number) < 0x80 : (to - from) % 8 === 0
  if (!whole) throw new MalformedOtlp('a list of numbers ends within a number', at)
}
