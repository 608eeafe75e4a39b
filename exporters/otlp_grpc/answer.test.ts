import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { readFailure } from '../../src/helpers/otlp_grpc/answer.ts'

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

  it('names a status that gRPC does not have', () => {
    expect(readFailure(99, 'odd')).toEqual({ kind: 'rejected', reason: 'status 99: odd' })
  })
})
