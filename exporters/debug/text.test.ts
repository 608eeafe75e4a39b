import { describe, expect, it } from 'vitest'
import { countText, durationText, fitted, printable, rateText } from './text.ts'

describe('printable', () => {
  it.each([
    ['/a b/ü/日本/🐝', '/a b/ü/日本/🐝'],
    ['/\x1b[2J\x1b]0;owned\x07', '/\\x1b[2J\\x1b]0;owned\\x07'],
    ['a\r\n\tb\0', 'a\\r\\n\\tb\\x00'],
    ['\x9b31m\x7f', '\\x9b31m\\x7f'],
    ['\u202efdp.exe\u2066\u200b\u2028\ufeff', '\\u202efdp.exe\\u2066\\u200b\\u2028\\ufeff'],
    ['\ud800x\udc00', '\\ud800x\\udc00'],
    ['\\x1b', '\\\\x1b'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })
})

describe('fitted', () => {
  it('leaves what fits and cuts the rest with an ellipsis', () => {
    expect(fitted('abcdef', 6)).toBe('abcdef')
    expect(fitted('abcdefg', 6)).toBe('abcde…')
    expect(fitted('🐝🐝🐝🐝', 3)).toBe('🐝🐝…')
  })

  it('counts escapes by what they take', () => {
    expect(fitted('\x1b\x1b', 8)).toBe('\\x1b\\x1b')
    expect(fitted('\x1b\x1b', 7)).toBe('\\x1b\\x…')
  })

  it('does not turn a pair that it cuts into a lone surrogate', () => {
    expect(fitted(`a${'🐝'.repeat(50)}`, 3)).toBe('a🐝…')
  })
})

describe('durations', () => {
  it.each([
    [0, '0 µs'],
    [512, '0.512 µs'],
    [999.6, '1.00 µs'],
    [1_234, '1.23 µs'],
    [99_960, '100 µs'],
    [999_499, '999 µs'],
    [999_500, '1.00 ms'],
    [12_345_678, '12.3 ms'],
    [999_499_999, '999 ms'],
    [999_500_000, '1.00 s'],
    [123_456_789_000, '123 s'],
  ])('of %d ns read %s', (ns, text) => {
    expect(durationText(ns)).toBe(text)
  })
})

describe('numbers', () => {
  it('set thousands apart', () => {
    expect(countText(1_234_567)).toBe('1,234,567')
  })

  it('have a decimal only while they are small', () => {
    expect([0.04, 12.34, 99.9, 99.96, 1_234.5].map(rateText)).toEqual([
      '0.0',
      '12.3',
      '99.9',
      '100',
      '1,235',
    ])
  })
})
