import { describe, expect, it } from 'vitest'
import { SPAN_KIND, STATUS_CODE } from '../../src/pdata/traces.ts'
import type { Exchange } from './observations_for_tests.ts'
import { encodedAndDecoded, spanOf, spansOf } from './spans_for_tests.ts'

const HEAD = 'GET /orders/7?token=secret HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n'
const ENDS = { local: '10.0.0.1', localPort: 80, remote: '10.0.0.2', remotePort: 40000 }

describe('the span of an exchange', () => {
  it('has the attributes of a server at the server', () => {
    expect(spanOf({ ...ENDS, head: HEAD, requestBody: 3n })).toMatchObject({
      name: 'GET',
      kind: SPAN_KIND.server,
      status: { code: STATUS_CODE.unset, message: '' },
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'url.path': '/orders/7',
        'network.protocol.version': '1.1',
        'server.address': 'shop.example',
        'server.port': 8080,
        'client.address': '10.0.0.2',
        'network.peer.address': '10.0.0.2',
        'network.peer.port': 40000,
        'network.local.address': '10.0.0.1',
        'network.local.port': 80,
        'http.request.body.size': 3,
        'http.response.body.size': 12,
      },
    })
  })

  it('has the attributes of a client at the client, and no others', () => {
    const span = spanOf({ ...ENDS, role: 'client', head: HEAD, version: 0 })
    expect(span).toMatchObject({ name: 'GET', kind: SPAN_KIND.client })
    expect(span.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'network.protocol.version': '1.0',
      'url.full': 'http://shop.example:8080/orders/7',
      'server.address': 'shop.example',
      'server.port': 8080,
      'network.peer.address': '10.0.0.2',
      'network.peer.port': 40000,
      'network.local.address': '10.0.0.1',
      'network.local.port': 80,
      'http.request.body.size': 0,
      'http.response.body.size': 12,
    })
  })

  it.each([
    ['GET', 'GET'],
    ['HEAD', 'HEAD'],
    ['POST', 'POST'],
    ['PUT', 'PUT'],
    ['DELETE', 'DELETE'],
    ['CONNECT', 'CONNECT'],
    ['OPTIONS', 'OPTIONS'],
    ['TRACE', 'TRACE'],
    ['PATCH', 'PATCH'],
    ['QUERY', 'QUERY'],
  ])('is named by its method, %s', (method, name) => {
    const { attributes, ...span } = spanOf({ head: `${method} / HTTP/1.1\r\n\r\n` })
    expect(span.name).toBe(name)
    expect(attributes['http.request.method']).toBe(method)
    expect(attributes['http.request.method_original']).toBeUndefined()
  })

  it.each(['PROPFIND', 'get', 'GETS', 'GE', 'POSH', 'DELETF', 'M-SEARCH'])(
    'is named HTTP under a method that is not known, %s, which it keeps',
    (method) => {
      const { attributes, ...span } = spanOf({ head: `${method} / HTTP/1.1\r\n\r\n` })
      expect(span.name).toBe('HTTP')
      expect(attributes['http.request.method']).toBe('_OTHER')
      expect(attributes['http.request.method_original']).toBe(method)
    },
  )

  it('never says a method that was cut off', () => {
    const { attributes, name } = spanOf({ head: 'DELE', status: 0, end: 'no_response' })
    expect(name).toBe('HTTP')
    expect(attributes['http.request.method']).toBe('_OTHER')
    expect(attributes).not.toHaveProperty('http.request.method_original')
  })
})

describe('the failure of an exchange', () => {
  const failure = (exchange: Exchange): unknown[] => {
    const { attributes, status } = spanOf(exchange)
    return [attributes['http.response.status_code'], attributes['error.type'], status.code]
  }
  const { unset, error } = STATUS_CODE

  it.each([
    [200, undefined, unset, undefined, unset],
    [302, undefined, unset, undefined, unset],
    [399, undefined, unset, undefined, unset],
    [400, undefined, unset, '400', error],
    [404, undefined, unset, '404', error],
    [499, undefined, unset, '499', error],
    [500, '500', error, '500', error],
    [503, '503', error, '503', error],
    [999, '999', error, '999', error],
  ])('follows from status %i by the side', (status, atServer, serverCode, atClient, clientCode) => {
    expect(failure({ role: 'server', status })).toEqual([status, atServer, serverCode])
    expect(failure({ role: 'client', status })).toEqual([status, atClient, clientCode])
  })

  it.each([
    ['no response and an error of the socket', 'no_response', 104, 'ECONNRESET'],
    ['no response and a timeout', 'no_response', 110, 'ETIMEDOUT'],
    ['no response, closed in order', 'no_response', 0, 'no_response'],
    ['no response and an errno without a name', 'no_response', 4000, 'no_response'],
    ['a response that passed unseen', 'next', 0, 'no_response'],
    ['a response cut off before its status', 'cut', 0, 'response_incomplete'],
  ] as const)('is said of %s', (_, end, errno, type) => {
    expect(failure({ status: 0, end, errno })).toEqual([undefined, type, error])
  })

  it('is said of a response that was cut off, whose size is not known', () => {
    const exchange = { status: 200, end: 'cut', responseBody: 1_000_000n } as const
    expect(failure(exchange)).toEqual([200, 'response_incomplete', error])
    expect(failure({ ...exchange, errno: 104 })).toEqual([200, 'ECONNRESET', error])
    expect(spanOf(exchange).attributes).not.toHaveProperty('http.response.body.size')
  })

  it.each(['complete', 'close', 'next', 'upgrade'] as const)('is not in an end by %s', (end) => {
    expect(failure({ status: 200, end })).toEqual([200, undefined, unset])
  })
})

describe('body sizes', () => {
  const sizes = (exchange: Exchange): unknown[] => {
    const { attributes } = spanOf({ requestBody: 1n, responseBody: 2n, ...exchange })
    return [attributes['http.request.body.size'], attributes['http.response.body.size']]
  }

  it('are left out where they are not known', () => {
    expect(sizes({})).toEqual([1, 2])
    expect(sizes({ flags: ['request_size_unknown'] })).toEqual([undefined, 2])
    expect(sizes({ flags: ['request_incomplete'] })).toEqual([undefined, 2])
    expect(sizes({ flags: ['response_size_unknown'] })).toEqual([1, undefined])
    expect(sizes({ status: 0, end: 'no_response' })).toEqual([1, undefined])
  })

  it('are left out where nobody can have sent so much', () => {
    expect(sizes({ requestBody: 2n ** 53n - 1n, responseBody: 2n ** 53n })).toEqual([
      Number.MAX_SAFE_INTEGER,
      undefined,
    ])
    expect(sizes({ requestBody: 999_999_999_999_999_999n })).toEqual([undefined, 2])
  })
})

describe('the server of an exchange', () => {
  const server = (exchange: Exchange): unknown[] => {
    const { attributes } = spanOf({ ...ENDS, ...exchange })
    const { 'server.address': address, 'server.port': port, 'url.full': full } = attributes
    return [address, port, full]
  }

  it.each([
    ['Host: shop:81\r\n', 'shop', 81, 'http://shop:81/'],
    ['Host: shop\r\n', 'shop', 40000, 'http://shop/'],
    ['Host: [::1]:81\r\n', '::1', 81, 'http://[::1]:81/'],
    ['Host: \xc3\xa4:81\r\n', 'ä', 81, 'http://ä:81/'],
    ['', '10.0.0.2', 40000, 'http://10.0.0.2:40000/'],
    ['Host: :81\r\n', '10.0.0.2', 40000, 'http://10.0.0.2:40000/'],
    ['Host: shop/?token=secret\r\n', '10.0.0.2', 40000, 'http://10.0.0.2:40000/'],
    ['Host: sho', '10.0.0.2', 40000, 'http://10.0.0.2:40000/'],
  ])('is at the client what %j says, or its peer', (host, address, port, full) => {
    const head = `GET / HTTP/1.1\r\n${host}`
    expect(server({ role: 'client', head })).toEqual([address, port, full])
  })

  it('is at the server its own end where there is no Host', () => {
    expect(server({ head: 'GET / HTTP/1.0\r\n\r\n' })).toEqual(['10.0.0.1', 80, undefined])
  })

  it('has brackets in a URL around an IPv6 address', () => {
    const remote = '20010db8000000000000000000000001'
    const head = 'GET /a HTTP/1.0\r\n\r\n'
    expect(server({ role: 'client', remote, head })).toEqual([
      '2001:db8::1',
      40000,
      'http://[2001:db8::1]:40000/a',
    ])
  })

  it('is meant as a whole by an asterisk, and by CONNECT', () => {
    const url = (line: string): unknown =>
      server({ role: 'client', head: `${line} HTTP/1.1\r\nHost: shop\r\n\r\n` })[2]
    expect(url('OPTIONS *')).toBe('http://shop')
    expect(url('CONNECT shop:443')).toBe('http://shop')
    expect(url('GET http://shop')).toBe('http://shop')
    expect(url('GET http://shop/*')).toBe('http://shop/*')
  })
})

it('lets no query string out of a request line, whatever its form', () => {
  const targets = [
    '/a?secret',
    '/?secret=1',
    '/a#secret',
    '/a?b#secret',
    '*?secret',
    'http://h/a?secret',
    'http://h?secret',
    'http://h?x=/secret',
    'http://h?x=http://secret/secret',
    'http://u:secret@h/a',
    'x?y=http://h/secret',
    '?secret',
    '?http://h/secret',
    '#://h/secret',
    'secret',
    'h:1?secret',
  ]
  const lines = [
    ...targets.map((target) => `GET ${target}`),
    'GET?a=secret /',
    'POST?a=://h/secret',
  ]
  const heads = lines.map((line) => `${line} HTTP/1.1\r\nHost: shop\r\nReferer: /?secret\r\n\r\n`)
  const exchanges = heads.flatMap((head): Exchange[] => [
    { head },
    { role: 'client', head, cookie: 2n },
  ])
  const out = encodedAndDecoded(spansOf(exchanges))
  expect(out).toHaveLength(exchanges.length)
  for (const [i, span] of out.entries()) {
    expect(JSON.stringify(span.attributes), lines[i >> 1]).not.toContain('secret')
  }
})
