import { describe, expect, it } from 'vitest'
import { Delivery } from './delivery.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { encodeBatch, requestsOf, type Requests } from './otlp_encode.ts'
import { checkItems, readRequest, type Signal } from './otlp_request.ts'
import { ProtoWriter } from './proto_writer.ts'
import { cases, itemsIn, pointsIn, randomRequest, rowsOf } from './random_requests_for_tests.ts'
import { groupOf, namesOf, tracesOf } from './spans_for_tests.ts'

const out = new ProtoWriter(16)

function read(signal: Signal, seed: number): OtlpBatch {
  return readRequest(signal, randomRequest(signal, seed), new Delivery())
}

/** Items with all that stands around them; each data point by itself. */
function flat(signal: Signal, body: Buffer): unknown[] {
  const rows = rowsOf(signal, body)
  if (signal !== 'metrics') return rows
  return rows.flatMap((row) =>
    Array.from({ length: pointsIn(row) }, (_, i) => {
      const text = JSON.stringify(row.item, (key, value: unknown) =>
        key === 'dataPoints' ? (value as unknown[])[i] : value,
      )
      return { ...row, item: text }
    }),
  )
}

function flatOf(signal: Signal, { requests }: Requests): unknown[] {
  return requests.flatMap(({ body }) => flat(signal, body))
}

describe('requestsOf', () => {
  it('hands a received batch on as the bytes that it came in', () => {
    const batch = read('traces', 1)
    expect(requestsOf(batch, { maxBytes: batch.encoded!.length }, out)).toEqual({
      requests: [{ body: batch.encoded, items: batch.itemCount, borrowed: false }],
      tooLarge: 0,
    })
    expect(requestsOf(batch, { maxBytes: 1e6 }, out).requests[0]!.body).toBe(batch.encoded)
  })

  it('encodes another batch into the memory of the writer', () => {
    const { requests } = requestsOf(tracesOf('abc'), { maxBytes: 1e6 }, out)
    expect(requests).toHaveLength(1)
    const [{ body, items, borrowed }] = requests as [Requests['requests'][number]]
    expect([items, borrowed]).toEqual([3, true])
    expect(body.buffer).toBe(out.buffer.buffer)
    expect(namesOf(readRequest('traces', body, new Delivery()))).toBe('abc')
  })

  it('makes no request of a batch without items', () => {
    expect(requestsOf(tracesOf(''), { maxBytes: 100 }, out)).toEqual({ requests: [], tooLarge: 0 })
    const empty = readRequest('logs', Buffer.alloc(0), new Delivery())
    expect(requestsOf(empty, { maxBytes: 100 }, out)).toEqual({ requests: [], tooLarge: 0 })
  })

  it.each(cases(15))('splits %s by items, each once and in order (%i)', (signal, seed) => {
    const batch = read(signal, seed)
    for (const maxItems of [1, 2, 7]) {
      const split = requestsOf(batch, { maxBytes: 1e6, maxItems }, out)
      expect(Math.max(0, ...split.requests.map(({ items }) => items))).toBeLessThanOrEqual(maxItems)
      expect(flatOf(signal, split)).toEqual(flat(signal, batch.encoded!))
      for (const { body, items } of split.requests) {
        expect(itemsIn(signal, body)).toBe(items)
        expect(checkItems(readRequest(signal, body, new Delivery()))).toBeUndefined()
      }
    }
  })

  it.each(cases(15))('splits %s by bytes and says what is too large (%i)', (signal, seed) => {
    const batch = read(signal, seed)
    const whole = flat(signal, batch.encoded!)
    for (const maxBytes of [100, 1000, 4000]) {
      const split = requestsOf(batch, { maxBytes }, out)
      const { requests, tooLarge } = split
      expect(Math.max(0, ...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(maxBytes)
      const found = flatOf(signal, split)
      expect(found.length + tooLarge).toBe(whole.length)
      const texts = new Set(whole.map((row) => JSON.stringify(row)))
      for (const row of found) expect(texts).toContain(JSON.stringify(row))
    }
  })

  it('leaves out only what is too large by itself', () => {
    const batch = tracesOf([groupOf('ab'), groupOf('c')])
    const { name } = batch.groups[1]!.spans.at(0)
    const large = { ...batch.groups[1]!.spans.at(0), traceState: 'x'.repeat(1000) }
    batch.groups[1]!.spans.encode = (_, writer) => writer.string(3, large.traceState)
    const { requests, tooLarge } = requestsOf(batch, { maxBytes: 500 }, out)
    expect([name, tooLarge]).toEqual(['c', 1])
    const names = requests.map(({ body }) => namesOf(readRequest('traces', body, new Delivery())))
    expect(names).toEqual(['ab'])
  })
})

it('encodes no observations, which have no form in OTLP', () => {
  const observations = { kind: 'observations', itemCount: 1 } as never
  expect(() => encodeBatch(observations, out)).toThrow('encode observations as OTLP')
  expect(requestsOf(observations, { maxBytes: 1 }, out).requests).toEqual([])
})
