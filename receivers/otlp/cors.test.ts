import { describe, expect, it } from 'vitest'
import { requestOf, running } from './fixtures.ts'

const cors = {
  allowed_origins: ['https://app.example.com', 'https://*.other.example'],
  allowed_headers: ['X-Tenant'],
  max_age: 7200,
}

/** What a browser asks before it sends, and what it looks for in the answer. */
async function preflight(endpoint: string, origin: string, headers?: string, method = 'POST') {
  const response = await fetch(`http://${endpoint}/v1/traces`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    },
  })
  const of = (name: string): string | null => response.headers.get(`access-control-${name}`)
  return {
    status: response.status,
    origin: of('allow-origin'),
    headers: of('allow-headers'),
    methods: of('allow-methods'),
    maxAge: of('max-age'),
    credentials: of('allow-credentials'),
  }
}

const refused = {
  status: 204,
  origin: null,
  headers: null,
  methods: null,
  maxAge: null,
  credentials: null,
}

describe('a browser that asks whether it may send', () => {
  it.each(['https://app.example.com', 'https://a.b.other.example', 'https://APP.example.com'])(
    'from %s may',
    async (origin) => {
      const { http } = await running({ http: { cors } })
      expect(await preflight(http, origin, 'content-type, x-tenant')).toEqual({
        status: 204,
        origin,
        headers: 'content-type, x-tenant',
        methods: 'POST',
        maxAge: '7200',
        credentials: 'true',
      })
    },
  )

  it.each([
    ['https://evil.example', 'content-type', 'POST'],
    ['https://app.example.com.evil.example', 'content-type', 'POST'],
    ['https://appXexample.com', 'content-type', 'POST'],
    ['https://app.example.com', 'authorization', 'POST'],
    ['https://app.example.com', 'content-type', 'DELETE'],
  ])('from %s with %s and %s may not', async (origin, headers, method) => {
    const { http } = await running({ http: { cors } })
    expect(await preflight(http, origin, headers, method)).toEqual(refused)
  })

  it('may from anywhere and with any header where * is named', async () => {
    const all = { allowed_origins: ['*'], allowed_headers: ['*'] }
    const { http } = await running({ http: { cors: all } })
    expect(await preflight(http, 'https://x.example', 'authorization')).toMatchObject({
      origin: '*',
      headers: 'authorization',
      maxAge: null,
    })
  })

  it('may send X-Requested-With where no header is named', async () => {
    const { http } = await running({ http: { cors: { allowed_origins: ['*'] } } })
    expect(await preflight(http, 'https://x.example', 'x-requested-with')).toMatchObject({
      origin: '*',
    })
  })

  it('gets no leave where none is configured', async () => {
    const { http } = await running()
    expect(await preflight(http, 'https://x.example')).toEqual({ ...refused, status: 405 })
  })
})

describe('a request of a browser', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://evil.example', null],
  ])('from %s is told who may read the answer', async (origin, allowed) => {
    const { http } = await running({ http: { cors } })
    const response = await fetch(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(requestOf('traces')),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
    expect(response.headers.get('vary')).toBe('Origin')
  })
})
