import { describe, expect, it } from 'vitest'
import { writeSpanId, writeTraceId } from './exchange_id.ts'

function traceId(request: number, response: number): string {
  const into = Buffer.alloc(16)
  writeTraceId(request, response, into)
  return into.toString('hex')
}

function spanId(request: number, response: number, end: 'client' | 'server'): string {
  const into = Buffer.alloc(8)
  writeSpanId(request, response, end, into)
  return into.toString('hex')
}

/** Numbers that look random and are the same each time (xorshift32). */
function numbers(seed = 1): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

function repeated(ids: BigUint64Array): number {
  ids.sort()
  return ids.reduce((count, id, i) => (i > 0 && id === ids[i - 1] ? count + 1 : count), 0)
}

describe('the ids of an exchange', () => {
  it('are the same whoever makes them', () => {
    expect(traceId(1000, 2000)).toBe('c802907a0b537c69d58840b16619b2b3')
    expect(spanId(1000, 2000, 'client')).toBe('26c558c64a46a259')
    expect(spanId(1000, 2000, 'server')).toBe('9eba7c892eb593cd')
  })

  it('take the sequence numbers as 32 bits, signed or not', () => {
    expect(traceId(-1, -2)).toBe(traceId(0xffff_ffff, 0xffff_fffe))
    expect(spanId(-1, -2, 'server')).toBe(spanId(0xffff_ffff, 0xffff_fffe, 'server'))
  })

  it('differ when the numbers change places', () => {
    expect(traceId(1, 2)).not.toBe(traceId(2, 1))
    expect(spanId(1, 2, 'client')).not.toBe(spanId(2, 1, 'client'))
  })

  it('are never zero, also for the numbers that the permutation maps to it', () => {
    expect(spanId(0xe8d36db1, 0x19569432, 'client')).toBe('0000000000000001')
    expect(spanId(0x3c152abb, 0x4a513a28, 'server')).toBe('0000000000000001')
    expect(traceId(0xc441f06d, 0xdc4004f7)).toMatch(/^0{15}1(?!0{16})/)
    expect(traceId(0xd20d6d76, 0x1d16ac9c)).toMatch(/0{15}1$/)
    expect(traceId(0, 0)).not.toMatch(/^0*$/)
  })

  it('do not meet in a million exchanges, random or one after the other', () => {
    const next = numbers()
    const id = Buffer.alloc(16)
    const traces = new BigUint64Array(1_000_000)
    const spans = new BigUint64Array(2_000_000)
    for (let i = 0; i < 1_000_000; i++) {
      const [a, b] = i % 2 === 0 ? [next(), next()] : [i * 190, i * 400]
      writeTraceId(a, b, id)
      traces[i] = id.readBigUInt64BE()
      writeSpanId(a, b, 'client', id)
      spans[i * 2] = id.readBigUInt64BE()
      writeSpanId(a, b, 'server', id)
      spans[i * 2 + 1] = id.readBigUInt64BE()
    }
    expect(repeated(traces)).toBe(0)
    expect(repeated(spans)).toBe(0)
  })

  it('change in about half of their bits when one bit of a number changes', () => {
    const next = numbers(7)
    let changed = 0
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [next(), next()]
      const one = BigInt(`0x${spanId(a, b, 'server')}`)
      const other = BigInt(`0x${spanId(a ^ (1 << (i % 32)), b, 'server')}`)
      changed += (one ^ other).toString(2).replaceAll('0', '').length
    }
    expect(changed / 2000 / 64).toBeGreaterThan(0.48)
    expect(changed / 2000 / 64).toBeLessThan(0.52)
  })
})
