import { SocketAddress } from 'node:net'
import { describe, expect, it } from 'vitest'
import { addressText } from './address.ts'

/** The text of an address given by its eight groups, which stands in the middle of other bytes. */
function text(...groups: number[]): string {
  const bytes = Buffer.alloc(24, 0xee)
  groups.forEach((group, i) => bytes.writeUInt16BE(group, 4 + i * 2))
  return addressText(bytes.subarray(2), 2)
}

describe('the text of an address', () => {
  it.each([
    ['127.0.0.1', [0, 0, 0, 0, 0, 0xffff, 0x7f00, 0x0001]],
    ['0.0.0.0', [0, 0, 0, 0, 0, 0xffff, 0, 0]],
    ['255.255.255.255', [0, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff]],
    ['10.200.0.9', [0, 0, 0, 0, 0, 0xffff, 0x0ac8, 0x0009]],
  ])('is dotted for IPv4: %s', (expected, groups) => {
    expect(text(...groups)).toBe(expected)
  })

  // RFC 5952 sections 1 and 4, and what follows from them.
  it.each([
    ['2001:db8::1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]],
    ['2001:db8:0:1:1:1:1:1', [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]],
    ['2001:db8::1:0:0:1', [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]],
    ['2001:0:0:1::1', [0x2001, 0, 0, 1, 0, 0, 0, 1]],
    [
      '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1',
      [0x2001, 0xdb8, 0xaaaa, 0xbbbb, 0xcccc, 0xdddd, 0xeeee, 1],
    ],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 1]],
    ['1::', [1, 0, 0, 0, 0, 0, 0, 0]],
    ['fe80::a:b', [0xfe80, 0, 0, 0, 0, 0, 0xa, 0xb]],
    ['0:1:2:3:4:5:6:7', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['1:2:3:4:5:6:7:0', [1, 2, 3, 4, 5, 6, 7, 0]],
    ['::2:3:4:5:6:7', [0, 0, 2, 3, 4, 5, 6, 7]],
    ['1:2:3:4:5:6::', [1, 2, 3, 4, 5, 6, 0, 0]],
    ['::fffe:7f00:1', [0, 0, 0, 0, 0, 0xfffe, 0x7f00, 1]],
    ['1::ffff:7f00:1', [1, 0, 0, 0, 0, 0xffff, 0x7f00, 1]],
  ])('is canonical for IPv6: %s', (expected, groups) => {
    expect(text(...groups)).toBe(expected)
  })

  it('is what Node.js makes of the same address', () => {
    let seed = 1
    for (let i = 0; i < 500; i++) {
      const groups = Array.from({ length: 8 }, () => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
        return seed >>> 16 < 0x9000 ? 0 : seed >>> 16
      })
      const address = groups.map((group) => group.toString(16)).join(':')
      // Node.js writes the old IPv4-compatible form, which RFC 5952 leaves to those who use it.
      if (groups.slice(0, 6).every((group) => group === 0)) continue
      expect(text(...groups)).toBe(new SocketAddress({ address, family: 'ipv6' }).address)
    }
  })
})
