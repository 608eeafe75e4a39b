import { describe, expect, it } from 'vitest'
import { readResponse, readRpcStatus } from '../../src/helpers/otlp_answer.ts'
import { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { decodeAnswer } from '../../test/kit/otlp.ts'
import { answerTo, malformed, type Failure, type Success } from './answer.ts'
import { responseBytes, responseJson, statusBytes, statusJson } from './answer_bytes.ts'

const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString())

describe('the answer to an outcome', () => {
  it.each([
    [{ kind: 'refused', reason: 'queue_full' }, 14, 429, 'sending queue is full'],
    [{ kind: 'refused', reason: 'memory_limit' }, 14, 429, 'data refused due to high memory usage'],
    [{ kind: 'refused', reason: 'not started' }, 14, 503, 'not started'],
    [{ kind: 'rejected', reason: 'rejected' }, 3, 400, 'the destination does not take the data'],
    [{ kind: 'rejected', reason: 'too_large' }, 3, 400, 'too large'],
    [{ kind: 'rejected', reason: 'no_consumer' }, 12, 404, 'no pipeline takes this kind of data'],
    [{ kind: 'rejected', reason: 'export_failed' }, 13, 500, 'export failed'],
    [
      { kind: 'rejected', reason: 'not_drained' },
      14,
      503,
      'the agent shut down before the data were sent',
    ],
    [{ kind: 'rejected', reason: 'pipeline_failed' }, 14, 503, 'the pipeline failed'],
  ] as const)('of %j', (outcome, code, http, message) => {
    expect(answerTo(outcome)).toEqual({ kind: 'failed', code, http, message })
  })

  it('says when to come back where that is known', () => {
    const answer = answerTo({ kind: 'refused', reason: 'memory_limit', afterMs: 1_500 })
    expect(answer).toMatchObject({ code: 14, http: 429, retryAfterMs: 1_500 })
  })

  it('says how much was not taken of a request that was taken', () => {
    const partial = { items: 3, message: 'too old' }
    const answer = answerTo({ kind: 'accepted', partial })
    expect(answer).toEqual({ kind: 'taken', rejected: 3, message: 'too old' })
    expect(answerTo({ kind: 'accepted' })).toEqual({ kind: 'taken', rejected: 0, message: '' })
  })
})

describe('a success', () => {
  const whole: Success = { kind: 'taken', rejected: 0, message: '' }
  const part: Success = { kind: 'taken', rejected: 300, message: 'too old' }

  it('has nothing to say where all was taken', () => {
    expect(responseBytes(whole)).toEqual(Buffer.alloc(0))
    expect(json(responseJson('traces', whole))).toEqual({})
  })

  it.each([
    ['traces', 'rejectedSpans'],
    ['metrics', 'rejectedDataPoints'],
    ['logs', 'rejectedLogRecords'],
  ] as const)('names the %s that were not taken', (signal, key) => {
    expect(decodeAnswer(signal, responseBytes(part))).toEqual({
      rejected: 300n,
      message: 'too old',
    })
    expect(readResponse(responseBytes(part))).toMatchObject({ rejected: 300, message: 'too old' })
    const partialSuccess = { [key]: '300', errorMessage: 'too old' }
    expect(json(responseJson(signal, part))).toEqual({ partialSuccess })
  })
})

describe('a failure', () => {
  const failure: Failure = { kind: 'failed', code: 14, http: 503, message: 'später' }

  it('is a google.rpc.Status', () => {
    expect(readRpcStatus(statusBytes(failure))).toEqual({ message: 'später' })
    expect(json(statusJson(failure))).toEqual({ code: 14, message: 'später' })
  })

  it.each([0, 1, 1_500, 86_400_000])('says to come back after %d ms', (retryAfterMs) => {
    const bytes = statusBytes({ ...failure, retryAfterMs })
    const { code, message } = failure
    // The kit writes zeros, which say nothing.
    if (retryAfterMs === 1_500) {
      expect(bytes).toEqual(encodeStatusDetails({ code, message, retryAfterMs }))
    }
    expect(readRpcStatus(bytes)).toEqual({ message: 'später', retryAfterMs })
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: `${retryAfterMs / 1000}s`,
      },
    ]
    expect(json(statusJson({ ...failure, retryAfterMs }))).toEqual({ code, message, details })
  })

  it('says what is wrong with a request, and where', () => {
    const answer = malformed(new MalformedOtlp('expected a list', 'resourceSpans[0].scopeSpans'))
    expect(answer).toMatchObject({ code: 3, http: 400 })
    expect(json(statusJson(answer))).toEqual({
      code: 3,
      message: 'resourceSpans[0].scopeSpans: expected a list',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [
            { field: 'resourceSpans[0].scopeSpans', description: 'expected a list' },
          ],
        },
      ],
    })
    const bytes = statusBytes(malformed(new MalformedOtlp('no tag', 17)))
    expect(readRpcStatus(bytes)).toEqual({ message: 'at byte 17: no tag' })
    expect(bytes.includes('byte 17')).toBe(true)
    expect(bytes.includes('type.googleapis.com/google.rpc.BadRequest')).toBe(true)
  })
})
