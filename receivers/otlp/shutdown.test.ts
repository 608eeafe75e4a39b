import { request } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import { call, framed, grpcSession, post, requestOf, running } from './fixtures.ts'

const one = requestOf('traces')

/** A receiver whose pipelines know at once, or only when no more comes, as one that gathers does. */
async function gathering(clock?: FakeClock) {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const made = await running({ settle: () => promise, ...(clock && { clock }) })
  return { ...made, resolve, promise }
}

describe('the end of the receiver', () => {
  it('answers what is under way, over both protocols', async () => {
    const { grpc, http, receiver, batches, resolve } = await gathering()
    receiver.batches$.subscribe({ complete: () => resolve(ACCEPTED) })
    const answers = [call(grpcSession(grpc), 'traces', one), post(http, '/v1/traces', one)]
    await vi.waitUntil(() => batches.length === 2)
    await receiver.shutdown()
    expect(await Promise.all(answers)).toMatchObject([{ status: 0 }, { status: 200 }])
  })

  it('closes connections and ports', async () => {
    const { grpc, http, receiver } = await running()
    const session = grpcSession(grpc)
    await call(session, 'traces', one)
    await post(http, '/v1/traces', one)
    await receiver.shutdown()
    await vi.waitUntil(() => session.closed)
    await expect(post(http, '/v1/traces', one)).rejects.toThrow('fetch failed')
    await expect(post(grpc, '/v1/traces', one)).rejects.toThrow('fetch failed')
  })

  it('waits for requests that are coming in, and takes them', async () => {
    const { grpc, http, receiver, batches, metric } = await running()
    const session = grpcSession(grpc)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
    })
    stream.write(framed(one).subarray(0, 8))
    const client = request(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
    })
    client.write(one.subarray(0, 8))
    const status = new Promise((resolve) =>
      client.on('response', (response) =>
        resolve([response.statusCode, response.headers.connection]),
      ),
    )
    const trailers = new Promise((resolve) => stream.on('trailers', resolve))
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) === 16)
    const ended = receiver.shutdown()
    stream.end(framed(one).subarray(8))
    client.end(one.subarray(8))
    stream.resume()
    expect(await status).toEqual([200, 'close'])
    expect(await trailers).toMatchObject({ 'grpc-status': '0' })
    await ended
    expect(batches).toHaveLength(2)
  })

  it('does not wait for ever for a client that stops sending', async () => {
    const clock = new FakeClock()
    const { http, receiver, metric } = await running({ clock })
    const client = request(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
    })
    const lost = new Promise((resolve) => client.on('error', resolve))
    client.write(one.subarray(0, 8))
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) > 0)
    const ended = receiver.shutdown()
    await clock.advance(1_000)
    await clock.advance(5_000)
    await clock.advance(500)
    await ended
    expect(await lost).toBeInstanceOf(Error)
  })

  it('waits for pipelines that take their time, and takes nothing new meanwhile', async () => {
    const clock = new FakeClock()
    const { grpc, http, receiver, batches, resolve } = await gathering(clock)
    const session = grpcSession(grpc)
    const goaway = vi.fn<() => void>()
    session.on('goaway', goaway)
    const idle = grpcSession(grpc)
    await call(idle, 'logs', Buffer.alloc(0))
    const answers = [call(session, 'traces', one), post(http, '/v1/traces', one)]
    await vi.waitUntil(() => batches.length === 2)
    const ended = receiver.shutdown()
    await vi.waitUntil(() => goaway.mock.calls.length === 1)
    await expect(post(http, '/v1/traces', one)).rejects.toThrow('fetch failed')
    await vi.waitUntil(() => idle.closed || idle.destroyed)
    await clock.advance(4_999)
    resolve(ACCEPTED)
    expect(await Promise.all(answers)).toMatchObject([{ status: 0 }, { status: 200 }])
    await ended
    expect(batches).toHaveLength(2)
  })

  it('does not wait for ever for pipelines that do not answer', async () => {
    const clock = new FakeClock()
    const { grpc, receiver, batches, resolve, counters } = await gathering(clock)
    const answer = call(grpcSession(grpc), 'traces', one)
    await vi.waitUntil(() => batches.length === 1)
    const ended = receiver.shutdown()
    await clock.advance(5_000)
    await clock.advance(500)
    await ended
    expect(await answer).toMatchObject({ status: -1 })
    // Its outcome is counted all the same.
    resolve(ACCEPTED)
    await vi.waitUntil(() => counters.out === 1)
  })

  it('refuses what comes in whole after the pipelines have ended', async () => {
    const clock = new FakeClock()
    const { http, receiver, batches, metric } = await running({ clock })
    const client = request(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
    })
    const status = new Promise((resolve) =>
      client.on('response', ({ statusCode }) => resolve(statusCode)),
    )
    client.write(one.subarray(0, 8))
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) > 0)
    const ended = receiver.shutdown()
    await clock.advance(1_000)
    client.end(one.subarray(8))
    expect(await status).toBe(503)
    await ended
    expect(batches).toEqual([])
  })
})
