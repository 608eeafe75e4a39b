import { describe, expect, it } from 'vitest'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { retryAfterMs } from '../../src/helpers/http_retry_after.ts'
import { readAnswer } from './answer.ts'

const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
    ['Wed, 21 Oct 2026 07:27:30 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms)
  })
})

describe('readAnswer', () => {
  it('takes the delay of a RetryInfo where there is no Retry-After', () => {
    const body = encodeStatusDetails({ code: 14, message: 'busy', retryAfterMs: 1_500 })
    const headers = { 'content-type': 'application/x-protobuf' }
    expect(readAnswer({ status: 503, headers, body }, now)).toEqual({
      kind: 'retry',
      reason: 'HTTP 503 Service Unavailable: busy',
      afterMs: 1_500,
    })
    expect(
      readAnswer({ status: 503, headers: { ...headers, 'retry-after': '7' }, body }, now),
    ).toMatchObject({ afterMs: 7_000 })
  })

  it('reads types that come with parameters, in any case', () => {
    const body = Buffer.from('{"partialSuccess":{"rejectedSpans":"3"}}')
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect(readAnswer({ status: 202, headers, body }, now)).toEqual({
      kind: 'sent',
      rejected: 3,
      message: '',
    })
  })

  it('says nothing of a page, and little of a long text', () => {
    const body = Buffer.from('x'.repeat(10_000))
    const reasonOf = (type: string) => {
      const result = readAnswer({ status: 404, headers: { 'content-type': type }, body }, now)
      return result.kind === 'rejected' ? result.reason : ''
    }
    expect(reasonOf('text/html')).toBe('HTTP 404 Not Found')
    expect(reasonOf('text/plain')).toBe(`HTTP 404 Not Found: ${'x'.repeat(200)}`)
  })
})
