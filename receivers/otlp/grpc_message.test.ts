import { describe, expect, it } from 'vitest'
import { frame, grpcText, readFrame } from './grpc_message.ts'

describe('the frame of a message', () => {
  it('is taken off as it was put on', () => {
    const bytes = Buffer.from('a message')
    expect(readFrame(frame(bytes))).toEqual({ kind: 'message', bytes, isCompressed: false })
    const empty = Buffer.alloc(0)
    expect(readFrame(frame(empty))).toEqual({ kind: 'message', bytes: empty, isCompressed: false })
  })

  it('tells that the message is compressed', () => {
    const compressed = frame(Buffer.from('x'))
    compressed[0] = 1
    expect(readFrame(compressed)).toMatchObject({ kind: 'message', isCompressed: true })
  })

  it.each([
    [[], 'the request has no message'],
    [[0, 0, 0, 0], 'the request has no message'],
    [[0, 0, 0, 0, 2, 7], 'the message ends after 1 of 2 bytes'],
    [[0, 0, 0, 0, 1, 7, 8], 'the request has more than one message'],
    [[2, 0, 0, 0, 1, 7], 'the message has the flags 2, which gRPC does not know'],
  ])('of %j is broken', (bytes, message) => {
    expect(readFrame(Buffer.from(bytes))).toEqual({ kind: 'broken', message })
  })
})

it('writes texts in the letters that headers may have', () => {
  expect(grpcText('100 % of "Käse"\n')).toBe('100 %25 of "K%C3%A4se"%0A')
})
