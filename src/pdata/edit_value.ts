import { typeOf } from './attribute_editor.ts'
import { textOf } from './fixed.ts'
import { KeyValueReader, MAX_VALUE_DEPTH } from './otlp_any_value.ts'
import { ANY_VALUE, KEY_VALUE, LIST_VALUES } from './otlp_attributes.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'

/** What becomes of a value that lies in another: it stays, it goes, it is looked into, or is another one. */
export type EntryEdit = 'keep' | 'remove' | 'look' | Buffer

/** Says what becomes of values. An `AnyValue` is its bytes from `from` up to `to`. */
export interface ValueEdit {
  /** Of an entry of a map; `path` ends with its key. */
  entry(key: string, path: string, bytes: Buffer, from: number, to: number): EntryEdit
  /** Of a value that is neither list nor map: another one, or undefined where it stays. */
  leaf(path: string, bytes: Buffer, from: number, to: number): Buffer | undefined
  /** Called for what lies too deep to be looked at, and is emptied. */
  tooDeep(path: string): void
}

const NOTHING = Buffer.alloc(0)

/**
 * A value with others in it: its bytes, or undefined where it stays as it is. What does not change is
 * copied, so that its type stays. Of a value that a sender has set twice only the last one is left.
 */
export function editValue(
  bytes: Buffer,
  from: number,
  to: number,
  edit: ValueEdit,
  path = '',
  depth = 0,
): Buffer | undefined {
  const field = lastField(bytes, from, to)
  const type = typeOf(bytes, from, to)
  const isAlone = field.at === from && field.to === to
  const edited =
    type === ANY_VALUE.array || type === ANY_VALUE.kvlist
      ? editList(bytes, field, type, edit, path, depth)
      : edit.leaf(path, bytes, field.at, field.to)
  return edited ?? (isAlone ? undefined : Buffer.from(bytes.subarray(field.at, field.to)))
}

interface Field {
  readonly at: number
  readonly from: number
  readonly to: number
}

/** The field that counts; nothing where there is none. */
function lastField(bytes: Buffer, from: number, to: number): Field {
  const reader = new ProtoReader().over(bytes, from, to)
  let last = { at: from, from, to: from }
  while (reader.next()) last = { at: reader.at, from: reader.from, to: reader.to }
  return last
}

/** What becomes of an item of a list, or of an entry of a map, that is at this place. */
interface Change {
  readonly at: number
  readonly to: number
  /** The fields of what is there then; undefined where nothing is. */
  readonly fields: Buffer | undefined
}

function editList(
  bytes: Buffer,
  list: Field,
  type: number,
  edit: ValueEdit,
  path: string,
  depth: number,
): Buffer | undefined {
  if (depth >= MAX_VALUE_DEPTH) {
    edit.tooDeep(path)
    return NOTHING
  }
  const changes =
    type === ANY_VALUE.array
      ? itemChanges(bytes, list, edit, path, depth)
      : entryChanges(bytes, list, edit, path, depth)
  return changes.length === 0 ? undefined : written(bytes, list, type, changes)
}

function itemChanges(
  bytes: Buffer,
  list: Field,
  edit: ValueEdit,
  path: string,
  depth: number,
): Change[] {
  const changes: Change[] = []
  const reader = new ProtoReader().over(bytes, list.from, list.to)
  for (let i = 0; reader.next(); i++) {
    if (reader.field !== LIST_VALUES || reader.wire !== WIRE.bytes) continue
    const { at, from, to } = reader
    const fields = editValue(bytes, from, to, edit, below(path, `[${i}]`), depth + 1)
    if (fields) changes.push({ at, to, fields })
  }
  return changes
}

function entryChanges(
  bytes: Buffer,
  list: Field,
  edit: ValueEdit,
  path: string,
  depth: number,
): Change[] {
  const changes: Change[] = []
  const reader = new ProtoReader().over(bytes, list.from, list.to)
  const pair = new KeyValueReader()
  while (reader.next()) {
    if (reader.field !== LIST_VALUES || reader.wire !== WIRE.bytes) continue
    const { at, to } = reader
    const { keyFrom, keyTo, valueFrom, valueTo } = pair.over(bytes, reader.from, to)
    const key = textOf(bytes, keyFrom, keyTo)
    const inner = below(path, key)
    const becomes = edit.entry(key, inner, bytes, valueFrom, valueTo)
    if (becomes === 'keep') continue
    if (becomes === 'remove') changes.push({ at, to, fields: undefined })
    else {
      const value =
        becomes === 'look' ? editValue(bytes, valueFrom, valueTo, edit, inner, depth + 1) : becomes
      if (value) changes.push({ at, to, fields: pairOf(key, value) })
    }
  }
  return changes
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function pairOf(key: string, value: Buffer): Buffer {
  const out = new ProtoWriter(key.length * 3 + value.length + 32)
  out.bytes(KEY_VALUE.value, value)
  out.string(KEY_VALUE.key, key)
  return out.toBytes()
}

function written(bytes: Buffer, list: Field, type: number, changes: readonly Change[]): Buffer {
  const out = new ProtoWriter(list.to - list.from + 256)
  let end = list.to
  for (const { at, to, fields } of changes.toReversed()) {
    out.rawSlice(bytes, to, end - to)
    if (fields) out.bytes(LIST_VALUES, fields)
    end = at
  }
  out.rawSlice(bytes, list.from, end - list.from)
  out.message(type, 0)
  return out.toBytes()
}
