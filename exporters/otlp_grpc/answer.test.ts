import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { encodeAnswer } from '../../test/kit/otlp.ts'
import { readFailure, readResponse, retryDelayMs } from './answer.ts'

const details = (retryAfterMs: number) =>
  encodeStatusDetails({ code: 8, message: 'busy', retryAfterMs })

describe('readFailure', () => {
  it('retries exactly the statuses that OTLP names', () => {
    const codes = Object.values(status).filter((code) => typeof code === 'number')
    const retried = codes.filter((code) => readFailure(code, '').kind === 'retry')
    const names = retried.map((code) => status[code])
    expect(names).toEqual([
      'CANCELLED',
      'DEADLINE_EXCEEDED',
      'ABORTED',
      'OUT_OF_RANGE',
      'UNAVAILABLE',
      'DATA_LOSS',
    ])
  })

  it('retries RESOURCE_EXHAUSTED only when the server says when', () => {
    const { RESOURCE_EXHAUSTED } = status
    const reason = 'RESOURCE_EXHAUSTED: busy'
    expect(readFailure(RESOURCE_EXHAUSTED, 'busy')).toEqual({ kind: 'rejected', reason })
    expect(readFailure(RESOURCE_EXHAUSTED, 'busy', details(1_500))).toEqual({
      kind: 'retry',
      reason,
      afterMs: 1_500,
    })
  })

  it('passes on how long to wait', () => {
    expect(readFailure(status.UNAVAILABLE, 'busy', details(0))).toEqual({
      kind: 'retry',
      reason: 'UNAVAILABLE: busy',
      afterMs: 0,
    })
  })
})

describe('retryDelayMs', () => {
  it('reads the delay to the nanosecond', () => {
    expect(retryDelayMs(details(12_000.25))).toBe(12_000.25)
  })

  it('finds nothing in bytes that are no message, or in one that is cut off', () => {
    expect(retryDelayMs(Buffer.from('hello, world'))).toBeUndefined()
    for (let length = 0; length < details(1_500).length; length++) {
      expect(retryDelayMs(details(1_500).subarray(0, length))).toBeUndefined()
    }
  })
})

describe('readResponse', () => {
  it('reads a full success, and a partial one of each signal', () => {
    expect(readResponse(Buffer.alloc(0))).toEqual({ kind: 'sent' })
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const answer = encodeAnswer(signal, { rejected: 300n, message: 'too old' })
      expect(readResponse(Buffer.from(answer))).toEqual({
        kind: 'sent',
        rejected: 300,
        message: 'too old',
      })
    }
  })

  it('takes an answer that nobody can read for a success', () => {
    expect(readResponse(Buffer.from('\n\u00ffhello'))).toEqual({ kind: 'sent' })
  })
})
