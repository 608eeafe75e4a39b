import { describe, expect, it } from 'vitest'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { measured, type Request } from './requests_for_tests.ts'

const SERVER = 'http.server.request.duration'
const CLIENT = 'http.client.request.duration'

/** The attributes of each series that requests make, and how many requests are in it. */
function seriesOf(
  requests: readonly Request[],
  name: string,
  options: object = {},
): [Attributes, number][] {
  return measured(requests, name, options).map(({ attributes, count }) => [attributes, count])
}

const server = {
  'http.request.method': 'GET',
  'url.scheme': 'http',
  'http.response.status_code': 200,
  'http.route': '/',
  'network.protocol.version': '1.1',
}
const client = {
  'http.request.method': 'GET',
  'http.response.status_code': 200,
  'network.protocol.version': '1.1',
  'server.address': 'shop',
  'server.port': 8080,
}

describe('the attributes of a series', () => {
  it('are those that the conventions require or recommend at the server', () => {
    expect(seriesOf([{}], SERVER)).toEqual([[server, 1]])
  })

  it('are others at the client, where the server that was called counts and not the path', () => {
    expect(seriesOf([{ client: true }, { client: true, path: '/x' }], CLIENT)).toEqual([
      [client, 2],
    ])
  })

  it('tell failures apart, and leave out the status where no response came', () => {
    const requests: Request[] = [
      { status: 503, error: '503' },
      { status: 0, error: 'ECONNRESET' },
      { status: 200, error: 'response_incomplete' },
    ]
    const { 'http.response.status_code': _, ...unanswered } = server
    expect(new Set(seriesOf(requests, SERVER))).toEqual(
      new Set([
        [{ ...server, 'http.response.status_code': 503, 'error.type': '503' }, 1],
        [{ ...unanswered, 'error.type': 'ECONNRESET' }, 1],
        [{ ...server, 'error.type': 'response_incomplete' }, 1],
      ]),
    )
  })

  it('tell methods, versions and routes apart', () => {
    const requests: Request[] = [
      {},
      {},
      { method: 'POST' },
      { path: '/users/1' },
      { path: '/users/2' },
      { more: { 'network.protocol.version': '1.0' } },
    ]
    expect(new Set(seriesOf(requests, SERVER))).toEqual(
      new Set([
        [server, 2],
        [{ ...server, 'http.request.method': 'POST' }, 1],
        [{ ...server, 'http.route': '/users/*' }, 2],
        [{ ...server, 'network.protocol.version': '1.0' }, 1],
      ]),
    )
  })

  it('have what is asked for beside, each at the sides where it means something', () => {
    const dimensions = ['url.scheme', 'server.address', 'server.port', 'url.template']
    const requests = [{}, { client: true, path: '/users/7' }]
    expect(seriesOf(requests, SERVER, { dimensions })).toEqual([
      [{ ...server, 'server.address': 'shop', 'server.port': 8080 }, 1],
    ])
    expect(seriesOf(requests, CLIENT, { dimensions })).toEqual([
      [{ ...client, 'url.scheme': 'http', 'url.template': '/users/*' }, 1],
    ])
  })

  it('have no template at the server and no route at the client, whatever is asked for', () => {
    const options = { dimensions: ['url.template'], exclude_dimensions: ['http.route'] }
    const { 'http.route': _, ...unrouted } = server
    expect(seriesOf([{ path: '/a' }], SERVER, options)).toEqual([[unrouted, 1]])
    expect(seriesOf([{ client: true, path: '/a' }], CLIENT, options)).toEqual([
      [{ ...client, 'url.template': '/a' }, 1],
    ])
  })

  it('do not have what is left out, and what differed in that alone is one series', () => {
    const exclude_dimensions = [
      'http.request.method',
      'http.response.status_code',
      'error.type',
      'network.protocol.version',
      'http.route',
      'url.scheme',
      'server.address',
      'server.port',
    ]
    const requests: Request[] = [{}, { method: 'POST', status: 503, error: '503', path: '/x' }]
    const options = { exclude_dimensions }
    expect(seriesOf(requests, SERVER, options)).toEqual([[{}, 2]])
    const calls = requests.map((request) => ({ ...request, client: true }))
    expect(seriesOf(calls, CLIENT, options)).toEqual([[{}, 2]])
  })
})

describe('the route of a series', () => {
  const routesOf = (requests: readonly Request[], routes: object = {}): unknown[] =>
    seriesOf(requests, SERVER, { routes }).map(([attributes]) => attributes['http.route'])

  it('is the one that the span has, if it has one', () => {
    const more = { 'http.route': '/users/:userID?' }
    expect(routesOf([{ path: '/users/1', more }])).toEqual(['/users/:userID?'])
  })

  it('is one series with another span whose route was learned, where both are the same', () => {
    expect(
      seriesOf([{ path: '/a', more: { 'http.route': '/a' } }, { path: '/a' }], SERVER),
    ).toEqual([[{ ...server, 'http.route': '/a' }, 2]])
  })

  it('is that of a pattern before one that is learned', () => {
    const patterns = ['/users/{id}']
    const paths = ['/users/ann', '/orders/17']
    expect(
      new Set(
        routesOf(
          paths.map((path) => ({ path })),
          { patterns },
        ),
      ),
    ).toEqual(new Set(['/users/{id}', '/orders/*']))
  })

  it.each([
    ['low-cardinality', ['/u/*', '/**']],
    ['heuristic', [...'abcdefghijkl'.split('').map((name) => `/u/${name}`), '/u/*', '/**']],
    ['path', [...'a b c d e f g h i j k l 17'.split(' ').map((name) => `/u/${name}`), '/**']],
    ['wildcard', ['/**']],
    ['unset', [undefined]],
  ])('is found as unmatched says: %s', (unmatched, expected) => {
    const learned = 'a b c d e f g h i j k l 17 b'
      .split(' ')
      .map((name) => ({ path: `/u/${name}` }))
    const scanned = { path: '/.env', status: 404 }
    const first = 'abcdefghij'.split('').map((name) => `/u/${name}`)
    const routes = routesOf([...learned, scanned], { unmatched })
    const fresh = unmatched === 'low-cardinality' ? [...first, ...expected] : expected
    expect(new Set(routes)).toEqual(new Set(fresh))
  })

  it('is not learned from what the server does not have or does not allow', () => {
    const scan = [400, 404, 405].map((status) => ({ path: `/.env${status}`, status }))
    expect(new Set(routesOf(scan))).toEqual(new Set(['/**']))
  })

  it('is learned apart for methods that change something', () => {
    const gets = 'abcdefghijkl'.split('').map((name) => ({ path: `/u/${name}` }))
    const routes = routesOf([...gets, { path: '/u/login', method: 'POST' }])
    expect(routes).toContain('/u/login')
    expect(routesOf([...gets, { path: '/u/login', method: 'HEAD' }])).not.toContain('/u/login')
  })

  it('is unset where the target names no path', () => {
    expect(routesOf([{ path: '*' }, { path: '', method: 'CONNECT' }])).toEqual([
      undefined,
      undefined,
    ])
  })

  it('is learned for each server that is called', () => {
    const calls = 'abcdefghijkl'.split('').map((name, i) => ({
      client: true,
      path: `/${name}`,
      more: { 'server.address': i < 6 ? 'one' : 'two' },
    }))
    const templates = seriesOf(calls, CLIENT, { dimensions: ['url.template'] }).map(
      ([attributes]) => attributes['url.template'],
    )
    expect(new Set(templates)).toEqual(new Set('abcdefghijkl'.split('').map((name) => `/${name}`)))
  })
})
