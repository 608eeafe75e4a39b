import { describe, expect, it } from 'vitest'
import { encodeTraces } from '../pdata/otlp_traces.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import { decodeRequest, spans } from '../../test/kit/otlp.ts'
import { settled, spanOf, tracesOf } from './fixtures.ts'
import { queueOf, request, UNAVAILABLE } from './sending_fixtures.ts'

const batch = (options: object, more: object = {}) =>
  queueOf({ queue: { num_consumers: 2, batch: { min_size: 10, ...options } }, ...more })

describe('the batches of a sending queue', () => {
  it('are sent as soon as they are min_size', async () => {
    const { sending, calls, counts } = batch({})
    await sending.offer([request('a', 6)])
    await settled()
    expect(calls).toEqual([])
    await sending.offer([request('b', 4)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['ab'])
    await calls[0]?.answer({ kind: 'sent' })
    expect(counts()).toEqual({ in: 10, out: 10, dropped: {}, waiting: 0 })
  })

  it('are sent when the first request has waited for flush_timeout', async () => {
    const { sending, calls, clock } = batch({ flush_timeout: '300ms' })
    await sending.offer([request('a', 1)])
    await clock.advance(200)
    await sending.offer([request('b', 1)])
    await clock.advance(99)
    expect(calls).toEqual([])
    await clock.advance(1)
    expect(calls.map(({ body }) => body)).toEqual(['ab'])
    await sending.offer([request('c', 1)])
    await clock.advance(299)
    expect(calls.length).toBe(1)
    await clock.advance(1)
    expect(calls.map(({ body }) => body)).toEqual(['ab', 'c'])
  })

  it('are no larger than max_size', async () => {
    const { sending, calls } = batch({ max_size: 12 })
    await sending.offer([request('a', 6), request('b', 3), request('c', 5), request('d', 7)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['ab', 'cd'])
  })

  it('are no larger than a request may be', async () => {
    const { sending, calls } = batch({}, { maxBytes: 3 })
    await sending.offer([request('aa', 5), request('bb', 5), request('c', 5)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['aa', 'bbc'])
  })

  it('are measured in bytes where that is asked for', async () => {
    const { sending, calls } = batch({ sizer: 'bytes', min_size: 4 })
    await sending.offer([request('aa', 100), request('b', 100), request('cc', 100)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['aabcc'])
  })

  it('are one request of OTLP', async () => {
    const bodies: Buffer[] = []
    const prepare = async (body: Buffer) => {
      bodies.push(body)
      return body
    }
    const { sending } = batch({}, { prepare })
    for (const part of [tracesOf(0, 6), tracesOf(6, 10)]) {
      const out = new ProtoWriter()
      encodeTraces(part, out)
      await sending.offer([{ body: out.toBytes(), items: part.itemCount }])
    }
    await settled()
    const found = spans(decodeRequest('traces', bodies[0]!)).map(({ spanId }) => spanId)
    expect(found).toEqual(Array.from({ length: 10 }, (_, i) => spanOf(i).spanId))
  })

  it('are prepared as a whole', async () => {
    const prepare = async (body: Buffer) => Buffer.from(`(${String(body)})`)
    const { sending, calls } = batch({}, { prepare })
    await sending.offer([request('a', 6), request('b', 4)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['(ab)'])
  })

  it('share their fate', async () => {
    const { sending, calls, clock, counts } = batch({})
    const sender = [request('a', 6), request('b', 4)]
    await sending.offer(sender)
    await sending.offer([request('c', 10)])
    await settled()
    await calls[0]?.answer({ kind: 'sent', rejected: 7, message: 'too old' })
    await calls[1]?.answer(UNAVAILABLE)
    await clock.advance(5_000)
    await calls[2]?.answer({ kind: 'rejected', reason: 'INVALID_ARGUMENT: bad' })
    expect(calls.map(({ body }) => body)).toEqual(['ab', 'c', 'c'])
    expect(counts()).toEqual({
      in: 20,
      out: 3,
      dropped: { partial_success: 7, rejected: 10 },
      waiting: 0,
    })
  })

  it('are sent at shutdown however small they are', async () => {
    const { sending, calls, counts } = batch({})
    await sending.offer([request('a', 6)])
    const ended = sending.shutdown()
    await settled()
    await calls[0]?.answer({ kind: 'sent' })
    await ended
    expect(counts()).toEqual({ in: 6, out: 6, dropped: {}, waiting: 0 })
  })

  it('hold no more memory than they need while they wait', async () => {
    const { sending, calls } = batch({})
    const buffer = Buffer.allocUnsafeSlow(64 * 1024).fill('a')
    let released = 0
    const release = () => void (released++, buffer.fill('?'))
    await sending.offer([{ body: buffer.subarray(0, 3), items: 5, release }])
    expect(released).toBe(1)
    await sending.offer([request('b', 5)])
    await settled()
    expect(calls.map(({ body }) => body)).toEqual(['aaab'])
  })

  it('release what they were made of once', async () => {
    const { sending, calls } = batch({})
    const released: string[] = []
    const named = (text: string) => ({
      ...request(text, 5),
      release: () => void released.push(text),
    })
    await sending.offer([named('a'), named('b')])
    await settled()
    expect(released).toEqual(['a', 'b'])
    await calls[0]?.answer({ kind: 'sent' })
    expect(released).toEqual(['a', 'b'])
  })
})
