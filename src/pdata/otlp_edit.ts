import type { AttributeChanges, AttributeValue } from './attributes.ts'
import { textOf } from './fixed.ts'
import { encodeAttribute, KEY_VALUE } from './otlp_attributes.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'

/**
 * A message with other attributes: `changes` to its `KeyValue`s in field `field`. All its other
 * fields, unknown ones among them, and all other attributes are copied as they are. What cannot be
 * read is copied too.
 */
export function editAttributes(message: Buffer, field: number, changes: AttributeChanges): Buffer {
  const out = new ProtoWriter(message.length + 256)
  writeEdited(message, 0, message.length, field, changes, out)
  return out.toBytes()
}

/** As `editAttributes`, of the message in `bytes` from `from` up to `to`, in front of `out`. */
export function writeEdited(
  bytes: Buffer,
  from: number,
  to: number,
  field: number,
  changes: AttributeChanges,
  out: ProtoWriter,
): void {
  const added = Object.entries(changes).filter((entry) => entry[1] !== undefined)
  for (let i = added.length - 1; i >= 0; i--) {
    const [key, value] = added[i] as [string, AttributeValue]
    encodeAttribute(field, key, value, out)
  }
  const goes = (reader: ProtoReader) =>
    reader.field === field && reader.wire === WIRE.bytes && Object.hasOwn(changes, keyOf(reader))
  writeWithout(bytes, from, to, goes, out)
}

/** Writes the message in `bytes` from `from` up to `to` without the fields that go. */
export function writeWithout(
  bytes: Buffer,
  from: number,
  to: number,
  goes: (field: ProtoReader) => boolean,
  out: ProtoWriter,
): void {
  const reader = new ProtoReader().over(bytes, from, to)
  /** What stays: begins and ends, in turn. */
  const kept = [from]
  while (reader.next()) if (goes(reader)) kept.push(reader.at, reader.to)
  kept.push(to)
  for (let i = kept.length - 2; i >= 0; i -= 2) {
    const start = kept[i] as number
    out.rawSlice(bytes, start, (kept[i + 1] as number) - start)
  }
}

function keyOf({ bytes, from, to }: ProtoReader): string {
  const reader = new ProtoReader().over(bytes, from, to)
  let key = ''
  while (reader.next()) {
    if (reader.field === KEY_VALUE.key) key = textOf(bytes, reader.from, reader.to)
  }
  return key
}
