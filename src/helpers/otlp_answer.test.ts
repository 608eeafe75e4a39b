import { describe, expect, it } from 'vitest'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { encodeAnswer } from '../../test/kit/otlp.ts'
import { readResponse, readRpcStatus } from './otlp_answer.ts'
import { readJsonResponse, readJsonRpcStatus } from './otlp_answer_json.ts'

const status = (retryAfterMs?: number) =>
  encodeStatusDetails({
    code: 8,
    message: 'busy',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('readRpcStatus', () => {
  it('reads the words and the delay to the nanosecond', () => {
    expect(readRpcStatus(status(12_000.25))).toEqual({ message: 'busy', retryAfterMs: 12_000.25 })
    expect(readRpcStatus(status(0))).toEqual({ message: 'busy', retryAfterMs: 0 })
    expect(readRpcStatus(status())).toEqual({ message: 'busy' })
  })

  it('reads nothing of bytes that end in something else', () => {
    expect(readRpcStatus(Buffer.concat([status(0), Buffer.from([0x0a, 0x7f])]))).toEqual({})
  })

  it('finds no delay in bytes that are no message, or in one that is cut off', () => {
    expect(readRpcStatus(Buffer.from('hello, world'))).toEqual({})
    for (let length = 0; length < status(1_500).length; length++) {
      expect(readRpcStatus(status(1_500).subarray(0, length)).retryAfterMs).toBeUndefined()
    }
  })
})

describe('readResponse', () => {
  it('reads a full success, and a partial one of each signal', () => {
    expect(readResponse(Buffer.alloc(0))).toEqual({ kind: 'sent' })
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const answer = encodeAnswer(signal, { rejected: 300n, message: 'too old' })
      expect(readResponse(answer)).toEqual({ kind: 'sent', rejected: 300, message: 'too old' })
    }
  })

  it('reads a warning that comes with a success', () => {
    const answer = encodeAnswer('logs', { rejected: 0n, message: 'deprecated' })
    expect(readResponse(answer)).toEqual({ kind: 'sent', rejected: 0, message: 'deprecated' })
  })

  it('takes an answer that nobody can read for a success', () => {
    expect(readResponse(Buffer.from('\n\u00ffhello'))).toEqual({ kind: 'sent' })
  })
})

describe('readJsonResponse', () => {
  it('reads a full success, and a partial one of each signal', () => {
    expect(readJsonResponse(json({}))).toEqual({ kind: 'sent' })
    expect(readJsonResponse(json({ partialSuccess: {} }))).toEqual({ kind: 'sent' })
    for (const name of ['rejectedSpans', 'rejectedDataPoints', 'rejectedLogRecords']) {
      const partialSuccess = { [name]: '300', errorMessage: 'too old' }
      expect(readJsonResponse(json({ partialSuccess }))).toEqual({
        kind: 'sent',
        rejected: 300,
        message: 'too old',
      })
    }
  })

  it('reads the names of the .proto file and numbers that are no text', () => {
    const partial_success = { rejected_spans: 3, error_message: 'too old' }
    expect(readJsonResponse(json({ partial_success }))).toEqual({
      kind: 'sent',
      rejected: 3,
      message: 'too old',
    })
  })

  it.each([
    '',
    'OK',
    'null',
    '[1]',
    '{"partialSuccess":7}',
    '{"partialSuccess":{"rejectedSpans":"x"}}',
  ])('takes %j for a success', (text) => {
    expect(readJsonResponse(Buffer.from(text))).toEqual({ kind: 'sent' })
  })
})

describe('readJsonRpcStatus', () => {
  it('reads the words and the delay', () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.DebugInfo' },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
    ]
    expect(readJsonRpcStatus(json({ code: 8, message: 'busy', details }))).toEqual({
      message: 'busy',
      retryAfterMs: 1_500,
    })
  })

  it.each(['', '<html>', '{"message":7,"details":{}}'])('finds nothing in %j', (text) => {
    expect(readJsonRpcStatus(Buffer.from(text))).toEqual({})
  })
})
