import { describe, expect, it } from 'vitest'
import type { Span } from '../../src/pdata/traces.ts'
import type { Exchange } from './observations_for_tests.ts'
import { spansOf } from './spans_for_tests.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const GIVEN = `GET / HTTP/1.1\r\nHost: shop\r\ntraceparent: 00-${TRACE}-${PARENT}-00\r\n\r\n`
const BROKEN = GIVEN.replace(TRACE, TRACE.toUpperCase())
const PLAIN = 'GET / HTTP/1.1\r\nHost: shop\r\n\r\n'

/** OTLP's bits: it is known whether the parent is remote; it is. */
const KNOWN = 0x100
const REMOTE = 0x300

type Ids = Pick<Span, 'traceId' | 'spanId' | 'parentSpanId' | 'flags'>

/** The spans of both ends of one exchange, and of the server's where no client was seen. */
function ends(head: string): Ids[] {
  return idsOf([
    { role: 'client', head, cookie: 1n },
    { role: 'server', head, cookie: 2n, flags: ['peer_seen'] },
    { role: 'server', head, cookie: 3n },
  ])
}

function idsOf(exchanges: Exchange[]): Ids[] {
  const spans = spansOf(exchanges)
  return exchanges.map((_, i) => {
    const { traceId, spanId, parentSpanId, flags } = spans.at(i)
    return { traceId, spanId, parentSpanId, flags }
  })
}

describe('without traceparent', () => {
  const [client, server, alone] = ends(PLAIN)

  it('both ends of an exchange agree on the trace', () => {
    expect(client!.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect([server!.traceId, alone!.traceId]).toEqual([client!.traceId, client!.traceId])
  })

  it('the client begins the trace, and the server is its child', () => {
    expect(client).toMatchObject({ parentSpanId: '', flags: KNOWN | 1 })
    expect(server).toMatchObject({ parentSpanId: client!.spanId, flags: REMOTE | 1 })
  })

  it('a server whose client is not seen has no parent', () => {
    expect(alone).toMatchObject({ spanId: server!.spanId, parentSpanId: '', flags: KNOWN | 1 })
  })

  it('another exchange of the connection has other ids', () => {
    const [one, two] = idsOf([
      { requestSeq: 1000, responseSeq: 2000 },
      { requestSeq: 1100, responseSeq: 2500 },
    ])
    expect(one!.traceId).not.toBe(two!.traceId)
    expect(one!.spanId).not.toBe(two!.spanId)
  })
})

describe('with traceparent', () => {
  const [client, server, alone] = ends(GIVEN)

  it('both ends are in the given trace, with its flags', () => {
    for (const span of [client, server, alone]) expect(span!.traceId).toBe(TRACE)
    expect([client!.flags, server!.flags, alone!.flags]).toEqual([KNOWN, REMOTE, REMOTE])
  })

  it('the client is the child of the given span, and the server of the client', () => {
    expect(client!.parentSpanId).toBe(PARENT)
    expect(server!.parentSpanId).toBe(client!.spanId)
  })

  it('a server whose client is not seen is the child of the given span', () => {
    expect(alone).toMatchObject({ spanId: server!.spanId, parentSpanId: PARENT })
  })

  it('the spans are those of the same exchange without it', () => {
    expect(ends(PLAIN).map(({ spanId }) => spanId)).toEqual([
      client!.spanId,
      server!.spanId,
      alone!.spanId,
    ])
  })

  it('one that is broken is as none', () => {
    expect(ends(BROKEN)).toEqual(ends(PLAIN))
  })
})

it('what came with one request does not stay for the next', () => {
  const list = [GIVEN, PLAIN, BROKEN, GIVEN, BROKEN].map((head) => idsOf([{ head }])[0])
  const spans = spansOf([GIVEN, PLAIN, BROKEN, GIVEN, BROKEN].map((head) => ({ head })))
  const found = list.map((_, i) => {
    const { traceId, spanId, parentSpanId, flags } = spans.at(i)
    return { traceId, spanId, parentSpanId, flags }
  })
  expect(found).toEqual(list)
})
