import { describe, expect, it } from 'vitest'
import { snappyUncompress } from '../../test/kit/snappy.ts'
import { snappyCompress } from './snappy.ts'

/** Numbers that look like chance and are the same each time. */
function noise(length: number, kinds: number): Buffer {
  let state = 12_345
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 16) % kinds
    }),
  )
}

describe('snappyCompress', () => {
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('a')],
    ['less than it can compress', Buffer.from('abcabcabcabc')],
    ['zeros', Buffer.alloc(100_000)],
    ['words', Buffer.from('http_server_request_duration_seconds_bucket '.repeat(5_000))],
    ['noise', noise(200_000, 256)],
    ['noise of few letters', noise(200_000, 3)],
    ['a literal of 60 bytes', noise(60, 256)],
    ['a literal of 61 bytes', noise(61, 256)],
    ['a literal of 257 bytes', noise(257, 256)],
    ['exactly a block', noise(65_536, 4)],
    ['one byte more than a block', noise(65_537, 4)],
    ['noise and then the same again', Buffer.concat([noise(9_000, 256), noise(9_000, 256)])],
  ])('is read back as it was: %s', (_, input) => {
    expect(snappyUncompress(snappyCompress(input)).equals(input)).toBe(true)
  })

  it('is read back for every length, with copies of every length', () => {
    for (let length = 0; length < 300; length++) {
      const input = Buffer.concat([noise(40, 256), Buffer.alloc(length, 'x'), noise(40, 256)])
      expect(snappyUncompress(snappyCompress(input)).equals(input)).toBe(true)
    }
  })

  it('makes what repeats small, and noise hardly larger', () => {
    const words = Buffer.from('http_server_request_duration_seconds_bucket '.repeat(5_000))
    expect(snappyCompress(words).length).toBeLessThan(words.length / 15)
    expect(snappyCompress(noise(200_000, 256)).length).toBeLessThan(200_200)
  })
})
