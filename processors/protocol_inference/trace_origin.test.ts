import { describe, expect, it } from 'vitest'
import { randomnessOf } from '../../src/pdata/trace_state.ts'
import { findTraceparent } from './find_traceparent.ts'
import { emptyHead, type HttpHead, readHead } from './http_head.ts'
import { HttpSpans } from './http_spans.ts'
import { HttpExchangeView } from './http_view.ts'
import { type Exchange, observationsOf } from './observations_for_tests.ts'
import { Random, randomExchange, randomHead } from './random_for_tests.ts'
import { spansOf } from './spans_for_tests.ts'
import { emptyParent, readTraceparent } from './traceparent.ts'

/** Pieces of which heads are made that have a `traceparent`, nearly have one, or have several. */
const PIECES = [
  'traceparent:',
  'Traceparent: ',
  'TRACEPARENT:\t',
  'xtraceparent: ',
  'traceparents: ',
  'tracetraceparent:',
  'traceparent',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ':',
  ' ',
  '\r',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n',
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x\n',
  'traceparent:x00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n',
  '\ntraceparent:00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\n',
  '\ntraceparent: 01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x\r\n',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'GET /traceparent:/x HTTP/1.1',
  'Host: a',
]

/** The parent of a head as both ways of reading it find it; undefined where there is none. */
function parentsIn(head: Buffer): { fast: unknown; whole: unknown } {
  const around = Buffer.from('x\ntraceparent: before\r\n')
  const bytes = Buffer.concat([around, head, Buffer.from('nt: after\r\n')])
  const [start, end] = [around.length, around.length + head.length]
  const [fast, whole] = [emptyParent(), emptyParent()]
  const found = findTraceparent(bytes, start, end, fast)
  const { traceStart, traceEnd } = readWhole(bytes, start, end)
  const read = readTraceparent(bytes, traceStart, traceEnd, whole)
  return { fast: found ? fast : undefined, whole: read ? whole : undefined }
}

function readWhole(bytes: Buffer, start: number, end: number): HttpHead {
  const head = emptyHead()
  readHead(bytes, start, end, head)
  return head
}

describe('a traceparent that is looked for alone', () => {
  it('is the one that reading the whole head finds', () => {
    const random = new Random(5)
    let found = 0
    for (let i = 0; i < 40_000; i++) {
      const pieces = Array.from({ length: random.below(12) }, () => random.of(PIECES))
      const head = i % 4 === 0 ? randomHead(random) : Buffer.from(pieces.join(''))
      const { fast, whole } = parentsIn(head.subarray(0, head.length - random.below(3)))
      expect(fast, head.toString('latin1')).toEqual(whole)
      if (fast !== undefined) found++
    }
    expect(found).toBeGreaterThan(1000)
  })
})

describe('what sampling asks of a span', () => {
  it('is the randomness of the trace that the whole span belongs to', () => {
    const random = new Random(17)
    const exchanges = Array.from({ length: 2000 }, () => randomExchange(random))
    const spans = spansOf(exchanges)
    for (let i = 0; i < spans.length; i++) {
      const { traceId, traceState } = spans.at(i)
      expect(spans.randomness(i)).toBe(randomnessOf(traceId, traceState))
      expect(spans.traceState(i)).toBe(traceState)
    }
  })

  it('is the same where spans have been read before, in part or in another batch', () => {
    const random = new Random(23)
    const exchanges = Array.from({ length: 3000 }, () => randomExchange(random))
    const asked = (list: HttpSpans): unknown[] =>
      exchanges.map((_, i) => [list.randomness(i), list.sampledUpstream(i)])
    const [fresh, known] = [spansOf(exchanges), spansOf(exchanges)]
    for (let i = 0; i < known.length; i += 1 + random.below(3)) known.name(i)
    expect(asked(known)).toEqual(asked(fresh))
    const view = new HttpExchangeView()
    for (const records of [exchanges, exchanges.toReversed()].map((each) => observationsOf(each))) {
      const rows = Uint32Array.from(exchanges.keys())
      const list = new HttpSpans(view, records, rows, 0, rows.length)
      for (let i = 0; i < list.length; i++) {
        if (i % 2 === 0) list.name(i)
        const { traceId, traceState } = list.at(i)
        expect(list.randomness(i)).toBe(randomnessOf(traceId, traceState))
      }
    }
  })

  it('is the same at both ends, whichever is asked first', () => {
    const ends = (['client', 'server'] as const).map((role) => ({ role, requestSeq: 7 }))
    const [forwards, backwards] = [spansOf(ends), spansOf(ends.toReversed())]
    const values = [0, 1, 0].flatMap((i) => [forwards.randomness(i), backwards.randomness(i)])
    expect(new Set(values).size).toBe(1)
  })

  it('spreads evenly over all values', () => {
    const exchanges = Array.from({ length: 16_000 }, (_, i) => ({
      requestSeq: i * 190,
      responseSeq: i * 400,
    }))
    const spans = spansOf(exchanges)
    const sixteenths = Array.from({ length: 16 }, () => 0)
    for (let i = 0; i < spans.length; i++) sixteenths[spans.randomness(i) >>> 24]!++
    // Five standard deviations of a sixteenth.
    for (const count of sixteenths) expect(Math.abs(count - 1000)).toBeLessThan(153)
  })

  it.each<[string, string, boolean]>([
    ['with the flag', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['with other flags too', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03', true],
    ['without the flag', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02', false],
    ['that is invalid', '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
    ['that is empty', '', false],
  ])('is whether it was sampled upstream: a traceparent %s', (_, value, sampled) => {
    const head = `GET / HTTP/1.1\r\ntraceparent: ${value}\r\n\r\n`
    const plain: Exchange = { flags: ['peer_seen'] }
    const spans = spansOf([{ head }, plain, { head, role: 'client' }])
    expect([0, 1, 2].map((i) => spans.sampledUpstream(i))).toEqual([sampled, false, sampled])
  })
})
