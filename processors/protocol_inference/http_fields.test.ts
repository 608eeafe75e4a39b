import { describe, expect, it } from 'vitest'
import { HTTP_END, HTTP_FLAG } from '../../src/pdata/http_record.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import { type Exchange, HEAD } from './observations_for_tests.ts'
import { spansOf } from './spans_for_tests.ts'

const HEADS = [
  HEAD,
  'POST http://shop.example:81/a/b?c=d HTTP/1.1\r\nUser-Agent: x\r\nHost: other:99\r\n\r\n',
  'BREW /pot HTTP/1.1\r\nHo',
  'GET /x?y HTTP/1.1\r\nX-Host: no\r\nhOST:  [::1]:8080 \r\nHost: second\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\n\r\n',
  'CONNECT shop.example:443 HTTP/1.1\r\nHost: a b\r\n\r\n',
  'GET /cut-off-in-the-pa',
  '',
]
const ENDS = Object.keys(HTTP_END).filter((end) => end !== 'open') as (keyof typeof HTTP_END)[]
const FLAGS = Object.keys(HTTP_FLAG).filter(
  (flag) => flag !== 'extended',
) as (keyof typeof HTTP_FLAG)[]

/** Exchanges of every sort, with each other. */
const exchanges: Exchange[] = HEADS.flatMap((head) =>
  ENDS.flatMap((end, n) =>
    (['server', 'client'] as const).map((role) => ({
      head,
      end,
      role,
      status: [200, 404, 503, 0][n % 4] as number,
      errno: n === 3 ? 104 : 0,
      version: n % 2,
      flags: FLAGS.filter((_, i) => (n + i) % 3 === 0),
      requestBody: n === 4 ? 2n ** 60n : 17n,
      requestSeq: n,
    })),
  ),
)

/** Which attribute of the span each field is. */
const ATTRIBUTES: Partial<Record<keyof HttpSpan, string>> = {
  method: 'http.request.method',
  responseStatus: 'http.response.status_code',
  errorType: 'error.type',
  scheme: 'url.scheme',
  protocolVersion: 'network.protocol.version',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  requestBody: 'http.request.body.size',
  responseBody: 'http.response.body.size',
  route: 'http.route',
}

describe('an exchange read in place', () => {
  it('says what the attributes of its span say', () => {
    const [spans, fields] = [spansOf(exchanges), spansOf(exchanges)]
    for (const i of exchanges.keys()) {
      const span = fields.http(i) as HttpSpan
      for (const [field, key] of Object.entries(ATTRIBUTES)) {
        const said = { i, field, value: span[field as keyof HttpSpan] }
        expect(said).toEqual({ i, field, value: spans.attribute(i, key) })
      }
      expect(span.client).toBe(exchanges[i]!.role === 'client')
      expect(span.ids()).toMatchObject({
        traceId: spans.at(i).traceId,
        spanId: spans.at(i).spanId,
      })
    }
  })

  it('says where the path stands', () => {
    const spans = spansOf(HEADS.map((head) => ({ head })))
    const paths = HEADS.map((_, i) => {
      const { pathBytes, pathStart, pathEnd } = spans.http(i) as HttpSpan
      return pathBytes.toString('latin1', pathStart, pathEnd)
    })
    expect(paths).toEqual(['/orders', '/a/b', '/pot', '/x', '*', '', '/cut-off-in-the-pa', ''])
    expect(paths).toEqual(HEADS.map((_, i) => spans.attribute(i, 'url.path')))
  })

  it('stands for as many exchanges as its record says, which are counted elsewhere', () => {
    const spans = spansOf([{}, { sampling: 3 }])
    const rows = [0, 1].map((i) => [spans.http(i)?.weight, spans.http(i)?.totalled])
    expect(rows).toEqual([
      [1, true],
      [8, true],
    ])
  })

  it('is none before it has ended', () => {
    expect(spansOf([{ end: 'open' }]).http(0)).toBeUndefined()
  })

  it('does not disturb the span that is being read, nor is it disturbed', () => {
    const spans = spansOf(exchanges)
    const first = spans.at(0)
    const fields = spans.http(3) as HttpSpan
    const { method, serverAddress } = fields
    expect(spans.at(0)).toEqual(first)
    expect([fields.method, fields.serverAddress]).toEqual([method, serverAddress])
  })
})
