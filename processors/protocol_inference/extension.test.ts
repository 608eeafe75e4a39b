import { describe, expect, it } from 'vitest'
import type { Exchange } from './observations_for_tests.ts'
import { encodedAndDecoded, spanOf, spansOf } from './spans_for_tests.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const CUT = 'GET /long HTTP/1.1\r\nCookie: aaaa'
const PROXY = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n')

/** The attributes of an exchange, which are the same encoded and decoded. */
function attributesOf(exchange: Exchange): Record<string, unknown> {
  const list = spansOf([exchange])
  const { attributes } = list.at(0)
  expect(encodedAndDecoded(list)[0]?.attributes).toEqual(attributes)
  return attributes
}

describe('what stood behind the kept part of a head', () => {
  const more = { host: 'Host: late.example:81', trace: `Traceparent: 00-${TRACE}-${PARENT}-01` }

  it('is taken as if it stood in it', () => {
    const span = spanOf({ role: 'client', head: CUT, more })
    expect(span.traceId).toBe(TRACE)
    expect(span.parentSpanId).toBe(PARENT)
    expect(span.attributes['url.full']).toBe('http://late.example:81/long')
    const list = spansOf([{ role: 'client', head: CUT, more }])
    expect(list.http(0)?.serverAddress).toBe('late.example')
    expect(list.sampledUpstream(0)).toBe(true)
  })

  it('gives way to what is in the head', () => {
    const head = 'GET / HTTP/1.1\r\nHost: early.example\r\nCookie: aaaa'
    expect(attributesOf({ head, more })['server.address']).toBe('early.example')
  })

  it('is said to be missing', () => {
    const truncated = 'waggle.http.request.head_truncated'
    expect(attributesOf({ head: CUT, flags: ['head_truncated'] })[truncated]).toBe(true)
    expect(attributesOf({ head: CUT })).not.toHaveProperty(truncated)
  })
})

describe('a PROXY protocol header', () => {
  it('says who the client of the server is; the peer stays the proxy', () => {
    expect(attributesOf({ more: { proxy: PROXY } })).toMatchObject({
      'client.address': '192.0.2.1',
      'client.port': 56324,
      'network.peer.address': '10.0.0.2',
    })
  })

  it('says nothing of the proxy itself, or when it names nobody', () => {
    const ofProxy = attributesOf({ role: 'client', more: { proxy: PROXY } })
    expect(ofProxy).not.toHaveProperty('client.address')
    const unknown = attributesOf({ more: { proxy: Buffer.from('PROXY UNKNOWN\r\n') } })
    expect(unknown['client.address']).toBe('10.0.0.2')
    expect(unknown).not.toHaveProperty('client.port')
  })
})

describe('an exchange that stands for several', () => {
  it('says for how many', () => {
    const adjusted = 'waggle.sampling.adjusted_count'
    expect(attributesOf({ sampling: 3 })[adjusted]).toBe(8)
    expect(attributesOf({})).not.toHaveProperty(adjusted)
  })
})
