import { describe, expect, it } from 'vitest'
import { ProtoWriter } from './proto_writer.ts'

/** A field as it stands on the wire: number, wire type, and its value. */
type Field = [number: number, wireType: number, value: bigint | string]

/** A decoder for itself: varints as bigint, fixed ones likewise, the rest as hex. */
function decode(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => bytes.subarray(at, (at += length))
  while (at < bytes.length) {
    const tag = Number(varint())
    const wireType = tag & 7
    if (wireType === 0) fields.push([tag >>> 3, 0, varint()])
    else if (wireType === 1) fields.push([tag >>> 3, 1, take(8).readBigUInt64LE()])
    else if (wireType === 5) fields.push([tag >>> 3, 5, BigInt(take(4).readUInt32LE())])
    else if (wireType === 2) fields.push([tag >>> 3, 2, take(Number(varint())).toString('hex')])
    else throw new Error(`wire type ${wireType}`)
  }
  expect(at).toBe(bytes.length)
  return fields
}

/** What is written, and read back. */
function written(write: (out: ProtoWriter) => void, initialBytes = 1): Field[] {
  const out = new ProtoWriter(initialBytes)
  write(out)
  return decode(out.toBytes())
}

const NUMBERS = [
  0,
  1,
  127,
  128,
  129,
  16383,
  16384,
  2 ** 21 - 1,
  2 ** 21,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 35,
  2 ** 42 - 1,
  2 ** 49 - 1,
  2 ** 49,
  2 ** 53 - 1,
]

describe('a varint', () => {
  it.each(NUMBERS)('has %i', (number) => {
    expect(written((out) => out.uint(1, number))).toEqual([[1, 0, BigInt(number)]])
  })

  it.each(NUMBERS)('has %i in as few bytes as can be', (number) => {
    const out = new ProtoWriter()
    out.varint(number)
    expect(out.length).toBe(Math.max(1, Math.ceil(number.toString(2).length / 7)))
  })

  it.each([1, 15, 16, 2047, 2048, 2 ** 20])('tags field %i', (field) => {
    expect(written((out) => out.uint(field, 5))).toEqual([[field, 0, 5n]])
  })
})

describe('an int64', () => {
  it.each([...NUMBERS, -1, -127, -128, -(2 ** 31), -(2 ** 32), -(2 ** 53) + 1])(
    'has %i',
    (number) => {
      const expected = [[3, 0, BigInt.asUintN(64, BigInt(number))]]
      expect(written((out) => out.int64(3, number))).toEqual(expected)
      expect(written((out) => out.int64(3, BigInt(number)))).toEqual(expected)
    },
  )

  it.each([2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n, 2n ** 62n + 1n])('has %i', (number) => {
    expect(written((out) => out.int64(3, number))).toEqual([[3, 0, BigInt.asUintN(64, number)]])
  })

  it('takes ten bytes beside its tag when it is negative', () => {
    const out = new ProtoWriter()
    out.int64(1, -1)
    expect(out.toBytes().toString('hex')).toBe('08ffffffffffffffffff01')
  })
})

describe('fields of fixed length', () => {
  it.each([0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 63n, 2n ** 64n - 1n])(
    'have %i, whole or in halves',
    (number) => {
      const low = Number(number & 0xffff_ffffn)
      const high = Number(number >> 32n)
      expect(written((out) => out.fixed64(7, number))).toEqual([[7, 1, number]])
      expect(written((out) => out.fixed64Halves(7, low, high))).toEqual([[7, 1, number]])
      expect(written((out) => out.fixed64Halves(7, low | 0, high | 0))).toEqual([[7, 1, number]])
    },
  )

  it('drop what is above the 32nd bit of a half, so that a sum may have carried', () => {
    const fields = written((out) => out.fixed64Halves(7, 0x1_2345_6789, 0x1_0000_0001))
    expect(fields).toEqual([[7, 1, 0x0000_0001_2345_6789n]])
  })

  it.each([0, 1, 0x8000_0000, 0xffff_ffff])('have %i in 32 bits', (number) => {
    expect(written((out) => out.fixed32(16, number))).toEqual([[16, 5, BigInt(number)]])
  })

  it.each([0, -0, 1.5, -1e300, 5e-324, Infinity, -Infinity, NaN])(
    'have the double %d',
    (number) => {
      const bits = Buffer.alloc(8)
      bits.writeDoubleLE(number)
      expect(written((out) => out.double(4, number))).toEqual([[4, 1, bits.readBigUInt64LE()]])
    },
  )
})

describe('strings and bytes', () => {
  it.each(['', 'a', 'ä€🐝', '\0', 'x'.repeat(127), 'x'.repeat(128), 'ä'.repeat(70_000)])(
    'are written with their length in UTF-8',
    (text) => {
      const hex = Buffer.from(text).toString('hex')
      expect(written((out) => out.string(2, text))).toEqual([[2, 2, hex]])
      expect(written((out) => out.bytes(2, Buffer.from(text)))).toEqual([[2, 2, hex]])
    },
  )

  it('have the replacement character for half a surrogate pair', () => {
    expect(written((out) => out.string(2, 'a\ud83d'))).toEqual([[2, 2, '61efbfbd']])
  })

  const source = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 251))

  it.each([0, 1, 11, 12, 13, 47, 48, 49, 200])('are copied raw, %i of them', (length) => {
    const out = new ProtoWriter(1)
    out.rawSlice(source, 7, length)
    out.raw(source.subarray(0, length))
    const expected = [source.subarray(0, length), source.subarray(7, 7 + length)]
    expect(out.toBytes()).toEqual(Buffer.concat(expected))
  })
})

describe('messages', () => {
  it('have in them what was written since their mark, in reverse order', () => {
    const fields = written((out) => {
      out.uint(9, 9)
      const outer = out.mark()
      out.string(2, 'world')
      const inner = out.mark()
      out.uint(1, 300)
      out.message(4, inner)
      out.string(1, 'hello')
      out.message(5, outer)
      out.uint(1, 1)
    })
    expect(fields.map(([field]) => field)).toEqual([1, 5, 9])
    const outer = decode(Buffer.from(fields[1]![2] as string, 'hex'))
    expect(outer).toEqual([
      [1, 2, Buffer.from('hello').toString('hex')],
      [4, 2, '08ac02'],
      [2, 2, Buffer.from('world').toString('hex')],
    ])
  })

  it('may be empty', () => {
    expect(written((out) => out.message(3, out.mark()))).toEqual([[3, 2, '']])
  })
})

describe('the buffer', () => {
  it.each([1, 2, 3, 7, 8, 16, 100, 1 << 16])(
    'grows from %i bytes without losing any',
    (initial) => {
      const write = (out: ProtoWriter): void => {
        const mark = out.mark()
        for (let i = 0; i < 300; i++) {
          out.double(6, i / 3)
          out.fixed32(5, i)
          out.fixed64(4, BigInt(i))
          out.bytes(3, Buffer.alloc(i, i))
          out.string(2, 'é'.repeat(i))
          out.uint(1, 2 ** 53 - 1 - i)
        }
        out.message(1, mark)
      }
      const [whole] = written(write, initial)
      expect(whole).toEqual(written(write, 1 << 20)[0])
      expect(decode(Buffer.from(whole![2] as string, 'hex'))).toHaveLength(1800)
    },
  )

  it('is used again after a reset, and keeps no trace of what was there', () => {
    const out = new ProtoWriter(8)
    out.string(1, 'x'.repeat(1000))
    const { buffer } = out
    out.reset()
    expect(out.length).toBe(0)
    out.string(1, 'ab')
    expect(out.buffer).toBe(buffer)
    expect(out.toBytes().toString('hex')).toBe('0a026162')
  })

  it('gives a copy that later writing does not change', () => {
    const out = new ProtoWriter()
    out.string(1, 'ab')
    const bytes = out.toBytes()
    out.reset()
    out.string(1, 'xy')
    expect(bytes.toString('hex')).toBe('0a026162')
  })
})
