import type { ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import { call, grpcSession, requestOf, running, type RunningOptions } from './fixtures.ts'

const one = requestOf('traces')

/** A receiver with a clock that stands still, and a client that has made a call. */
async function connected(keepalive: object, options: RunningOptions = {}) {
  const clock = new FakeClock()
  const made = await running({ grpc: { keepalive }, http: null, clock, ...options })
  const session = grpcSession(made.grpc)
  const goaways: [number, string][] = []
  session.on('goaway', (code, _, data) => goaways.push([code, data?.toString() ?? '']))
  return { ...made, clock, session, goaways }
}

/** Frames of HTTP/2 (RFC 9113, 6.5 and 6.7): empty settings, and the head of a ping. */
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
const PING = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0])

const gone = (session: ClientHttp2Session) =>
  vi.waitUntil(() => session.closed || session.destroyed)

describe('a connection of gRPC', () => {
  it('is closed when it has been idle for long enough', async () => {
    const server_parameters = { max_connection_idle: '30s' }
    const { clock, session, goaways } = await connected({ server_parameters })
    await clock.advance(20_000)
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    await clock.advance(29_999)
    expect(session.closed).toBe(false)
    await clock.advance(1)
    await gone(session)
    expect(goaways[0]).toEqual([0, ''])
  })

  it('is not idle while a request is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const server_parameters = { max_connection_idle: '30s' }
    const made = await connected({ server_parameters }, { settle: () => promise })
    const { clock, session, goaways, batches } = made
    const answer = call(session, 'traces', one)
    await vi.waitUntil(() => batches.length === 1)
    await clock.advance(60_000)
    resolve(ACCEPTED)
    expect(await answer).toMatchObject({ status: 0 })
    expect([session.closed, goaways]).toEqual([false, []])
  })

  it('is closed at its age, after its last request', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const server_parameters = { max_connection_age: '100s' }
    const made = await connected({ server_parameters }, { settle: () => promise })
    const { clock, session, goaways, batches } = made
    const answer = call(session, 'traces', one)
    await vi.waitUntil(() => batches.length === 1)
    await clock.advance(89_999)
    expect(goaways).toEqual([])
    await clock.advance(20_002)
    await vi.waitUntil(() => goaways.length === 1)
    resolve(ACCEPTED)
    expect(await answer).toMatchObject({ status: 0 })
    await gone(session)
  })

  it('is cut off after its age where its last request takes too long', async () => {
    const server_parameters = { max_connection_age: '100s', max_connection_age_grace: '5s' }
    const settle = (): Promise<Outcome> => new Promise(() => {})
    const made = await connected({ server_parameters }, { settle })
    const { clock, session, batches, receiver } = made
    const answer = call(session, 'traces', one)
    await vi.waitUntil(() => batches.length === 1)
    await clock.advance(110_000)
    await clock.advance(5_000)
    expect(await answer).toMatchObject({ status: -1 })
    await gone(session)
    await receiver.shutdown()
  })

  it('is pinged, and stays while the client answers', async () => {
    const { clock, session } = await connected({ server_parameters: { time: '10s' } })
    await call(session, 'traces', one)
    const pings = vi.fn<() => void>()
    session.on('ping', pings)
    for (let i = 1; i <= 3; i++) {
      await clock.advance(10_000)
      await vi.waitUntil(() => pings.mock.calls.length === i && clock.next === 10_000)
    }
    expect(session.closed).toBe(false)
  })

  it('is closed when a ping gets no answer', async () => {
    const { clock, grpc } = await connected({ server_parameters: { time: '10s', timeout: '1s' } })
    const [host, port] = grpc.split(':')
    const socket = connect(Number(port), host)
    const [closed, pinged] = [vi.fn<() => void>(), vi.fn<() => void>()]
    socket.on('close', closed).on('data', (chunk: Buffer) => {
      if (chunk.includes(PING)) pinged()
    })
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), SETTINGS]))
    await vi.waitUntil(() => socket.bytesRead > 0)
    await clock.advance(9_999)
    expect(pinged).not.toHaveBeenCalled()
    await clock.advance(1)
    await vi.waitUntil(() => pinged.mock.calls.length === 1)
    expect(closed).not.toHaveBeenCalled()
    await clock.advance(1_000)
    await vi.waitUntil(() => closed.mock.calls.length === 1)
  })
})

describe('a client that pings too often', () => {
  async function ping(session: ClientHttp2Session): Promise<void> {
    await new Promise((resolve) => session.ping(resolve))
  }

  it('is told so and loses its connection where a policy is configured', async () => {
    const enforcement_policy = { min_time: '10s', permit_without_stream: true }
    const { clock, session, goaways } = await connected({ enforcement_policy })
    await call(session, 'traces', one)
    for (let i = 0; i < 3; i++) {
      await clock.advance(10_000)
      await ping(session)
    }
    expect(goaways).toEqual([])
    for (let i = 0; i < 3; i++) await ping(session)
    await gone(session)
    expect(goaways[0]).toEqual([11, 'too_many_pings'])
  })

  it('is forgiven when it sends something in between', async () => {
    const enforcement_policy = { min_time: '10s', permit_without_stream: true }
    const { session, goaways } = await connected({ enforcement_policy })
    for (let i = 0; i < 4; i++) {
      await ping(session)
      await ping(session)
      await call(session, 'traces', one)
    }
    expect(goaways).toEqual([])
  })

  it('may not ping at all without a request unless that is permitted', async () => {
    const { clock, session } = await connected({ enforcement_policy: { min_time: '10s' } })
    await call(session, 'traces', one)
    for (let i = 0; i < 3; i++) {
      await ping(session)
      await clock.advance(60_000)
    }
    expect(session.destroyed).toBe(false)
    await ping(session)
    await gone(session)
  })

  it('is left alone where no policy is configured', async () => {
    const { session, goaways } = await connected({})
    for (let i = 0; i < 20; i++) await ping(session)
    expect([session.closed, goaways]).toEqual([false, []])
  })
})
