import { describe, expect, it } from 'vitest'
import { randomnessOf, thresholdIn, withoutThreshold, withThreshold } from './trace_state.ts'

const TRACE = '0af7651916cd43dd84abcdef1c80319c'

describe('the randomness of a trace', () => {
  it('begins 56 bits before the end of its id', () => {
    expect(randomnessOf(TRACE, '')).toBe(0xabcdef1)
    expect(randomnessOf('f'.repeat(32), '')).toBe(2 ** 28 - 1)
  })

  it('is the explicit one where the trace state has it', () => {
    expect(randomnessOf(TRACE, 'vendor=x, ot=th:0;rv:9b8233f7e3a151')).toBe(0x9b8233f)
  })

  it.each([
    'ot=rv:9b8233f',
    'ot=rv:9b8233f7e3a15x',
    'ots=rv:9b8233f7e3a151',
    'ot=xrv:9b8233f7e3a151',
  ])('is not what only looks like an explicit one (%s)', (traceState) => {
    expect(randomnessOf(TRACE, traceState)).toBe(0xabcdef1)
  })
})

describe('the threshold of a trace state', () => {
  it.each([
    ['', '', ''],
    ['vendor=x', 'vendor=x', ''],
    ['ot=th:c', '', 'c'],
    ['vendor=x, ot=th:c;rv:9b8233f7e3a151,other=y', 'vendor=x,ot=rv:9b8233f7e3a151,other=y', 'c'],
    ['ot=rv:9b8233f7e3a151,vendor=th:c', 'ot=rv:9b8233f7e3a151,vendor=th:c', ''],
    ['ot=th:nonsense;x:1', 'ot=x:1', ''],
  ])('of "%s" can be taken from it: "%s" is left of it and "%s"', (state, rest, th) => {
    expect([withoutThreshold(state), thresholdIn(state)]).toEqual([rest, th])
  })
})

describe('a trace state with a threshold', () => {
  it.each([
    ['', 'c', 'ot=th:c'],
    ['', '0', 'ot=th:0'],
    ['vendor=x', '8', 'ot=th:8,vendor=x'],
    ['vendor=x, ot=rv:9b8233f7e3a151', '8', 'ot=th:8;rv:9b8233f7e3a151,vendor=x'],
    ['ot=th:4;rv:9b8233f7e3a151', '8', 'ot=th:8;rv:9b8233f7e3a151'],
    ['ot=th:nonsense', '8', 'ot=th:8'],
  ])('of "%s" raised to %s is "%s"', (before, th, after) => {
    expect(withThreshold(before, th)).toBe(after)
  })

  it.each([
    ['ot=th:c', '8'],
    ['ot=th:8', '8'],
    ['ot=th:e666', 'e6'],
    ['vendor=x,ot=th:FD70A4', 'fd7'],
    ['ot=th:0', '0'],
  ])('stays "%s" where it should only be %s', (before, th) => {
    expect(withThreshold(before, th)).toBe(before)
  })

  it('has at most 32 members, the last one making room', () => {
    const full = Array.from({ length: 32 }, (_, i) => `v${i}=x`)
    expect(withThreshold(full.join(','), '8').split(',')).toEqual(['ot=th:8', ...full.slice(0, 31)])
  })
})
