import { describe, expect, it } from 'vitest'
import type { AttributeValue } from '../pdata/attributes.ts'
import { encodeAttributes } from '../pdata/otlp_attributes.ts'
import { KeyValueReader } from '../pdata/otlp_any_value.ts'
import { ProtoReader } from '../pdata/proto_reader.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import { ByteKey } from './byte_key.ts'
import { type ByteRow, ByteTable } from './byte_table.ts'

/** The key of a value, as it stands in memory. */
function keyOf(...values: AttributeValue[]): ByteKey {
  const key = new ByteKey()
  key.reset()
  for (const value of values) key.value(value)
  key.seal()
  return key
}

/** The key of the same value in bytes. */
function encodedKeyOf(value: AttributeValue): ByteKey {
  const out = new ProtoWriter()
  encodeAttributes(1, { a: value }, out)
  const reader = new ProtoReader().over(out.buffer, out.pos, out.buffer.length)
  reader.next()
  const { valueFrom, valueTo } = new KeyValueReader().over(reader.bytes, reader.from, reader.to)
  const key = new ByteKey()
  key.valueAt(reader.bytes, valueFrom, valueTo)
  key.seal()
  return key
}

const VALUES: AttributeValue[] = [
  '',
  'GET',
  'naïve ☕ \u{1f41d}',
  'x'.repeat(1000),
  0,
  5,
  127,
  128,
  16_383,
  16_384,
  -1,
  2 ** 40,
  2n ** 62n,
  1.5,
  NaN,
  true,
  false,
  null,
  Buffer.from([0, 255]),
  ['a', 1],
  { a: { b: null } },
]

describe('a byte key', () => {
  it('is the same for a value in memory and for one in bytes, and another for each value', () => {
    const texts = VALUES.map((value) => keyOf(value).latin1)
    expect(VALUES.map((value) => encodedKeyOf(value).latin1)).toEqual(texts)
    expect(new Set(texts).size).toBe(VALUES.length)
  })

  it('tells values apart by where they end, and by their type', () => {
    const keys = [
      keyOf('ab', 'c'),
      keyOf('a', 'bc'),
      keyOf('abc'),
      keyOf('abc', ''),
      keyOf('5'),
      keyOf(5),
      keyOf('true'),
      keyOf(true),
    ]
    expect(new Set(keys.map(({ latin1 }) => latin1)).size).toBe(keys.length)
  })

  it('takes what is no UTF-8 as it is shown', () => {
    const key = new ByteKey()
    const texts = [0xff, 0xfe].map((byte) => {
      key.reset()
      key.textAt(Buffer.from([0x61, byte]), 0, 2)
      key.seal()
      return key.latin1
    })
    expect(texts).toEqual([keyOf('a\ufffd').latin1, keyOf('a\ufffd').latin1])
  })
})

describe('a table of byte keys', () => {
  it('finds every row, also after some have gone, in the order in which they came', () => {
    const table = new ByteTable<Row>()
    const texts = Array.from({ length: 3000 }, (_, i) => `series ${i}`)
    for (const text of texts) {
      const key = keyOf(text)
      table.add(key, new Row(key.hash, text))
    }
    expect(texts.map((text) => table.find(keyOf(text))?.text)).toEqual(texts)
    expect(table.prune(({ text }) => text.endsWith('7'))).toBe(300)
    const left = texts.filter((text) => !text.endsWith('7'))
    expect(texts.flatMap((text) => table.find(keyOf(text))?.text ?? [])).toEqual(left)
    expect([...table].map(({ text }) => text)).toEqual(left)
    expect(table.size).toBe(2700)
    expect(table.textOf(table.find(keyOf('series 5'))!)).toBe(keyOf('series 5').latin1)
  })

  it('tells keys of the same hash apart', () => {
    const table = new ByteTable<Row>()
    const [a, b, longer] = [keyOf('a'), keyOf('b'), keyOf('a', 'a')]
    b.hash = longer.hash = a.hash
    table.add(a, new Row(a.hash, 'a'))
    expect([table.find(a)?.text, table.find(b), table.find(longer)]).toEqual([
      'a',
      undefined,
      undefined,
    ])
  })
})

class Row implements ByteRow<Row> {
  readonly hash: number
  readonly text: string
  next: Row | undefined
  keyAt = 0
  keySize = 0

  constructor(hash: number, text: string) {
    this.hash = hash
    this.text = text
  }
}
