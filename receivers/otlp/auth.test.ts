import { describe, expect, it } from 'vitest'
import { firstHeader, type Admission, type IncomingHeaders } from '../../src/component/auth.ts'
import { call, grpcSession, post, requestOf, running, type RunningOptions } from './fixtures.ts'

const one = requestOf('traces')
const auth = { authenticator: 'doorman' }

/** Lets in who says the word. */
async function doorman(headers: IncomingHeaders): Promise<Admission> {
  const authorization = firstHeader(headers, 'authorization')
  if (authorization === undefined) return { kind: 'refused', reason: 'missing_credentials' }
  if (authorization !== 'Bearer sesame') return { kind: 'refused', reason: 'wrong_credentials' }
  return { kind: 'admitted', attributes: { username: 'ali' } }
}

const guarded = (authenticate = doorman, more: RunningOptions = {}) =>
  running({
    grpc: { auth },
    http: { auth },
    extensions: { doorman: { authenticate, challenge: 'Bearer' } as object },
    ...more,
  })

describe('a receiver with an authenticator', () => {
  it('takes the requests of clients that it lets in, and hands on who they are', async () => {
    const { grpc, http, batches } = await guarded()
    const headers = { authorization: 'Bearer sesame' }
    expect(await call(grpcSession(grpc), 'traces', one, { headers })).toMatchObject({ status: 0 })
    expect(await post(http, '/v1/traces', one, headers)).toMatchObject({ status: 200 })
    expect(batches.map(({ delivery }) => delivery.client)).toEqual([
      { auth: { username: 'ali' } },
      { auth: { username: 'ali' } },
    ])
  })

  it('answers others with 401 and UNAUTHENTICATED, and takes nothing of theirs', async () => {
    const { grpc, http, batches, metric, counters, lines } = await guarded()
    const headers = { authorization: 'Bearer abracadabra' }
    const session = grpcSession(grpc)
    expect(await call(session, 'traces', one)).toMatchObject({
      status: 16,
      message: 'unauthenticated',
    })
    expect(await call(session, 'traces', one, { headers })).toMatchObject({ status: 16 })
    const refused = await post(http, '/v1/traces', '{}', {
      ...headers,
      'content-type': 'application/json',
    })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(await refused.json()).toEqual({ code: 16, message: 'unauthenticated' })
    expect(batches).toEqual([])
    expect(counters.in).toBe(0)
    expect(metric('waggle.receiver.unauthenticated_requests')).toEqual({
      'grpc missing_credentials': 1,
      'grpc wrong_credentials': 1,
      'http wrong_credentials': 1,
    })
    expect(metric('otelcol_receiver_requests')).toMatchObject({
      'grpc failure': 2,
      'http failure': 1,
    })
    expect(JSON.stringify(lines())).not.toContain('abracadabra')
  })

  it.each([
    ['busy', 14, 429],
    ['failed', 14, 503],
  ] as const)('tells clients to come back where it is %s', async (reason, status, code) => {
    const { grpc, http } = await guarded(async () => ({ kind: 'refused', reason }))
    expect(await call(grpcSession(grpc), 'traces', one)).toMatchObject({ status })
    const answer = await post(http, '/v1/traces', one)
    expect(answer.status).toBe(code)
    expect(answer.headers.get('www-authenticate')).toBeNull()
  })

  it('lets nobody in where the authenticator breaks', async () => {
    const { http, lines, metric } = await guarded(async () => {
      throw new Error('broken')
    })
    const answer = await post(http, '/v1/traces', one, { authorization: 'Bearer sesame' })
    expect(answer.status).toBe(503)
    expect(metric('waggle.receiver.unauthenticated_requests')).toEqual({ 'http failed': 1 })
    const logged = lines().filter(({ level }) => level === 50)
    expect(logged.map(({ msg }) => msg)).toEqual([
      'Client could not be authenticated, this is a bug.',
    ])
    expect(JSON.stringify(logged)).not.toContain('sesame')
  })

  it('asks before the body has come in', async () => {
    const { grpc, batches } = await guarded()
    const answer = await call(grpcSession(grpc), 'traces', one, {
      raw: Buffer.alloc(3),
      open: true,
    })
    expect(answer).toMatchObject({ status: 16 })
    expect(batches).toEqual([])
  })

  it('does not start where the authenticator is not there, or of another kind', async () => {
    await expect(running({ grpc: { auth } })).rejects.toThrow(
      'auth.authenticator: service.extensions does not list "doorman"',
    )
    await expect(
      running({ grpc: null, http: { auth }, extensions: { doorman: {} } }),
    ).rejects.toThrow('auth.authenticator: the extension "doorman" is no server authenticator')
  })
})

describe('the headers of requests', () => {
  const headers = { 'x-tenant': 'acme' }

  it('are kept with include_metadata', async () => {
    const keep = { include_metadata: true }
    const { grpc, http, batches } = await running({ grpc: keep, http: keep })
    await call(grpcSession(grpc), 'traces', one, { headers })
    await post(http, '/v1/traces', one, headers)
    const kept = batches.map(({ delivery }) => delivery.client?.metadata)
    expect(kept.map((metadata) => metadata?.get('x-tenant'))).toEqual([['acme'], ['acme']])
    expect(kept.map((metadata) => metadata?.has(':path'))).toEqual([false, false])
  })

  it('are not kept without it', async () => {
    const { grpc, http, batches } = await running()
    await call(grpcSession(grpc), 'traces', one, { headers })
    await post(http, '/v1/traces', one, headers)
    expect(batches.map(({ delivery }) => delivery.client)).toEqual([undefined, undefined])
  })
})
