import { describe, expect, it } from 'vitest'
import { boundText, numberText, openMetricsBoundText } from './exposition_text.ts'

describe('numbers', () => {
  it.each<[number, string]>([
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [2 ** 53, '9007199254740992'],
    [1e21, '1e+21'],
  ])('%d is %s', (value, expected) => {
    expect(numberText(value)).toBe(expected)
  })

  // What Go's strconv.FormatFloat(x, 'g', -1, 64) gives, and the same with ".0" behind integers.
  it.each<[number, string, string]>([
    [0, '0', '0.0'],
    [1, '1', '1.0'],
    [-1, '-1', '-1.0'],
    [0.005, '0.005', '0.005'],
    [2.5, '2.5', '2.5'],
    [0.0001, '0.0001', '0.0001'],
    [0.00001, '1e-05', '1e-05'],
    [0.0000125, '1.25e-05', '1.25e-05'],
    [100_000, '100000', '100000.0'],
    [123_456, '123456', '123456.0'],
    [1_000_000, '1e+06', '1e+06'],
    [1_048_576, '1.048576e+06', '1.048576e+06'],
    [16_777_216.5, '1.67772165e+07', '1.67772165e+07'],
    [1e100, '1e+100', '1e+100'],
    [-2_000_000, '-2e+06', '-2e+06'],
  ])('the bound %d is %s as Go prints it', (bound, expected, openMetrics) => {
    expect(boundText(bound)).toBe(expected)
    expect(openMetricsBoundText(bound)).toBe(openMetrics)
  })
})
