import { describe, expect, it } from 'vitest'

import { errorOf, openObject, packet, zero } from './support.js'

describe('constants', () => {
  it('are the const volatile variables, and no others', () => {
    using object = openObject('constants')
    const sizes = Object.fromEntries(object.constants.map(({ name, size }) => [name, size]))
    expect(sizes).toEqual({
      on: 1,
      small: 1,
      negative: 2,
      middle: 4,
      large: 8,
      prefix: 6,
      mode: 4,
      where: 18,
    })
  })

  it('reach the program in every type', () => {
    using object = openObject('constants')
    object.setConstant('on', true)
    object.setConstant('small', 255)
    object.setConstant('negative', -32768)
    object.setConstant('middle', 4294967295)
    object.setConstant('large', 0xfedcba9876543210n)
    object.setConstant('prefix', Buffer.from('abcdef'))
    object.setConstant('mode', object.enumValues('mode')['MODE_ALL'] ?? 0)
    object.setConstant('where', Buffer.alloc(18, 0x11))
    object.load()
    object.testRun('copy_constants', { data: packet })
    const seen = object.map('seen').lookup(zero)
    const { members } = object.structLayout('seen')
    const at = (name: string) => members.find((member) => member.name === name)?.offset ?? -1
    expect(seen?.readBigUInt64LE(at('large'))).toBe(0xfedcba9876543210n)
    expect(seen?.readUInt32LE(at('middle'))).toBe(4294967295)
    expect(seen?.readUInt32LE(at('mode'))).toBe(1000)
    expect(seen?.readInt16LE(at('negative'))).toBe(-32768)
    expect(seen?.readUInt16LE(at('port'))).toBe(0x1111)
    expect(seen?.[at('on')]).toBe(1)
    expect(seen?.[at('small')]).toBe(255)
    expect(seen?.toString('utf8', at('prefix'), at('prefix') + 6)).toBe('abcdef')
  })

  it('keep their value from the source when nobody sets them', () => {
    using object = openObject('constants')
    object.load()
    object.testRun('copy_constants', { data: packet })
    expect(object.map('seen').lookup(zero)?.readInt32LE(8)).toBe(3)
  })

  it('refuse a value that does not fit', () => {
    using object = openObject('constants')
    expect(() => object.setConstant('small', 256)).toThrow(
      'constant "small": expected an integer from 0 to 255, received 256',
    )
    expect(() => object.setConstant('middle', -1)).toThrow(
      'constant "middle": expected an integer from 0 to 4294967295, received -1',
    )
    expect(() => object.setConstant('negative', 32768)).toThrow('from -32768 to 32767')
    expect(() => object.setConstant('on', 2)).toThrow('from 0 to 1')
    expect(() => object.setConstant('large', 1n << 64n)).toThrow('received 18446744073709551616')
    expect(() => object.setConstant('middle', 1.5)).toThrow(
      'constant "middle": expected a Uint8Array, a boolean, a bigint or a safe integer, received 1.5',
    )
    expect(() => object.setConstant('prefix', 1)).toThrow(
      'constant "prefix": expected a Uint8Array of 6 bytes, received 1',
    )
    expect(() => object.setConstant('prefix', Buffer.alloc(5))).toThrow(
      'constant "prefix": expected 6 bytes, received 5 bytes',
    )
  })

  it('offer the nearest name', () => {
    using object = openObject('constants')
    expect(() => object.setConstant('midle', 1)).toThrow(
      'object "constants" has no constant "midle", did you mean "middle"?',
    )
  })

  it('cannot be set once the object is loaded', () => {
    using object = openObject('constants')
    object.load()
    const error = errorOf<Error & { code: string }>(() => object.setConstant('middle', 1))
    expect(error.code).toBe('ERR_STATE')
    expect(error.message).toBe('set a constant: object "constants" is already loaded')
  })
})

describe('types of the object', () => {
  it('have a layout with anonymous members, arrays and bitfields', () => {
    using object = openObject('constants')
    expect(object.structLayout('shape')).toEqual({
      size: 64,
      members: [
        { name: 'when', offset: 0, size: 8 },
        { name: 'v4', offset: 8, size: 4 },
        { name: 'v6', offset: 8, size: 16, elements: 16 },
        { name: 'peer', offset: 24, size: 18 },
        { name: 'peer.port', offset: 24, size: 2 },
        { name: 'peer.address', offset: 26, size: 16, elements: 16 },
        { name: 'flag_a', offset: 42, size: 4, bits: { offset: 336, width: 3 } },
        { name: 'flag_b', offset: 42, size: 4, bits: { offset: 339, width: 5 } },
        { name: 'grid', offset: 44, size: 12, elements: 6 },
        { name: 'mode', offset: 56, size: 4 },
        { name: 'deep', offset: 60, size: 1 },
      ],
    })
  })

  it('have enumerators', () => {
    using object = openObject('constants')
    expect(object.enumValues('mode')).toEqual({ MODE_OFF: 0, MODE_SOME: 5, MODE_ALL: 1000 })
  })

  it('are missed by name', () => {
    using object = openObject('constants')
    expect(() => object.structLayout('nothing')).toThrow(
      'object "constants" has no struct "nothing" in its BTF',
    )
    expect(() => object.enumValues('shape')).toThrow(
      'object "constants" has no enum "shape" in its BTF',
    )
  })
})
