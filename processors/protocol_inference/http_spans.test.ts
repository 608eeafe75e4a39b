import { describe, expect, it } from 'vitest'
import { type Exchange, clockAt } from './observations_for_tests.ts'
import { Random, randomExchange, randomHead } from './random_for_tests.ts'
import { encodedAndDecoded, spanOf, spansOf } from './spans_for_tests.ts'

const KEYS = [
  'http.request.method',
  'http.request.method_original',
  'http.response.status_code',
  'error.type',
  'url.path',
  'url.full',
  'url.scheme',
  'url.query',
  'server.address',
  'server.port',
  'client.address',
  'network.protocol.version',
  'network.peer.address',
  'network.peer.port',
  'network.local.address',
  'network.local.port',
  'http.request.body.size',
  'http.response.body.size',
  'waggle.sampling.adjusted_count',
  'thread.id',
  'waggle.exchange.state',
  'waggle.http.request.head_truncated',
  'waggle.http.server.queue_duration',
  'client.port',
]

function randomExchanges(seed: number, count: number): Exchange[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () => randomExchange(random))
}

describe('the spans of any exchanges', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are encoded as they are decoded (%i)', (seed) => {
    const spans = spansOf(randomExchanges(seed, 250))
    const decoded = encodedAndDecoded(spans)
    expect(decoded).toHaveLength(250)
    for (const [i, span] of decoded.entries()) {
      expect(span).toEqual(spans.at(i))
      expect(Object.keys(span.attributes)).toEqual(Object.keys(spans.at(i).attributes))
    }
  })

  it('are read field by field as they are as a whole', () => {
    const spans = spansOf(randomExchanges(11, 500))
    for (let i = 0; i < spans.length; i++) {
      const span = spans.at(i)
      const fields = Object.fromEntries(KEYS.map((key) => [key, spans.attribute(i, key)]))
      expect({ ...span.attributes }).toEqual(JSON.parse(JSON.stringify(fields)))
      expect(spans.name(i)).toBe(span.name)
      expect(spans.kind(i)).toBe(span.kind)
      expect(spans.status(i)).toBe(span.status.code)
      expect(spans.durationNs(i)).toBe(Number(span.endNs - span.startNs))
      expect(spans.startMs(i)).toBeCloseTo(Number(span.startNs / 1000n) / 1000, 2)
    }
  })

  it('are valid OTLP whatever bytes stand for a head', () => {
    const random = new Random(99)
    const exchanges = Array.from({ length: 3000 }, () =>
      randomExchange(random, random.below(2) === 0 ? random.bytes(200) : mutated(random)),
    )
    const spans = spansOf(exchanges)
    expect(encodedAndDecoded(spans)).toEqual(exchanges.map((_, i) => spans.at(i)))
  })
})

/** A head with some of its bytes replaced. */
function mutated(random: Random): Buffer {
  const head = randomHead(random)
  for (let i = random.below(6); i > 0 && head.length > 0; i--) {
    head[random.below(head.length)] = random.of([0, 10, 13, 32, 35, 47, 58, 63, 91, 128, 237, 255])
  }
  return head
}

describe('a part of the spans', () => {
  const spans = spansOf(['/a', '/b', '/c', '/d', '/e'].map((path) => ({ head: `GET ${path} ` })))
  const paths = (list: { length: number; attribute(i: number, key: string): unknown }): unknown[] =>
    Array.from({ length: list.length }, (_, i) => list.attribute(i, 'url.path'))

  it('has those from its first up to, not including, its last', () => {
    expect(paths(spans.slice(1, 4))).toEqual(['/b', '/c', '/d'])
    expect(paths(spans.slice(0, 5))).toEqual(paths(spans))
    expect(paths(spans.slice(2, 2))).toEqual([])
  })

  it('can be taken of a part', () => {
    expect(paths(spans.slice(1, 5).slice(1, 3))).toEqual(['/c', '/d'])
  })

  it('is read in any order', () => {
    const part = spans.slice(1, 4)
    expect([2, 0, 1, 0].map((i) => part.at(i).attributes['url.path'])).toEqual([
      '/d',
      '/b',
      '/c',
      '/b',
    ])
  })
})

describe('the times of a span', () => {
  const times = (exchange: Exchange, offset: bigint): bigint[] => {
    const spans = spansOf([exchange], clockAt(offset))
    const [span] = encodedAndDecoded(spans)
    expect([span?.startNs, span?.endNs]).toEqual([spans.at(0).startNs, spans.at(0).endNs])
    return [span!.startNs, span!.endNs]
  }

  it('are exact to the nanosecond, which a number is not', () => {
    const requestNs = 123_456_789_012_345_678n
    const responseEndNs = requestNs + 1n
    expect(times({ requestNs, responseEndNs }, 1_700_000_000_000_000_001n)).toEqual([
      1_823_456_789_012_345_679n,
      1_823_456_789_012_345_680n,
    ])
  })

  it.each([
    ['only in the offset', 0xffff_ffffn, 1n, 0n],
    ['in start and end', 0xffff_fff0n, 0xffff_fff0n, 0xffff_fff0n],
    ['only in the end', 1n, 0x1_0000_0001n, 0xffff_fffen],
    ['nowhere', 1n, 1n, 1n],
    ['with a duration above 32 bits', 0xffff_ffffn, 0xffff_ffffn, 0x5_ffff_ffffn],
  ])('carry %s', (_, requestNs, offset, duration) => {
    const start = requestNs + offset
    expect(times({ requestNs, responseEndNs: requestNs + duration }, offset)).toEqual([
      start,
      start + duration,
    ])
  })

  it('are right under a wall clock that is behind the monotonic one', () => {
    const requestNs = 0x3_0000_0001n
    expect(times({ requestNs, responseEndNs: requestNs + 5n }, -0x1_0000_0002n)).toEqual([
      0x1_ffff_ffffn,
      0x2_0000_0004n,
    ])
  })

  it('never end before they begin', () => {
    const { startNs, endNs } = spanOf({ requestNs: 5000n, responseEndNs: 0n })
    expect(endNs).toBe(startNs)
  })
})
