import { BufferPool } from '../../src/helpers/buffer_pool.ts'
import { describe, expect, it } from 'vitest'
import { groupOf, spanOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { decodeTraces, spans } from '../../test/kit/otlp.ts'
import { signalOf } from './signals.ts'
import { splitBatch } from './split.ts'

const split = (batch: Traces, maxBytes: number) =>
  splitBatch(signalOf(batch), batch, maxBytes, new ProtoWriter(16), new BufferPool())

const idsOf = (bodies: { body: Buffer }[]) =>
  bodies.flatMap(({ body }) => spans(decodeTraces(body)).map(({ spanId }) => spanId))

describe('splitBatch', () => {
  it('makes one request of what fits', () => {
    const { requests, tooLarge } = split(tracesOf(0, 10), 1_000_000)
    expect([requests.map(({ items }) => items), tooLarge]).toEqual([[10], 0])
  })

  it('makes no request of an empty batch', () => {
    expect(split(tracesOf(0, 0), 100)).toEqual({ requests: [], tooLarge: 0 })
  })

  it('makes requests below the limit, with every span once and in order', () => {
    const other = new Resource({ 'service.name': 'cart' })
    const groups = [
      groupOf(Array.from({ length: 37 }, (_, i) => spanOf(i))),
      groupOf(
        Array.from({ length: 64 }, (_, i) => spanOf(37 + i)),
        other,
      ),
    ]
    const batch = new Traces(groups, new Delivery())
    for (const maxBytes of [300, 1_000, 3_000]) {
      const { requests, tooLarge } = split(batch, maxBytes)
      expect(Math.max(...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(maxBytes)
      expect(tooLarge).toBe(0)
      expect(idsOf(requests)).toEqual(Array.from({ length: 101 }, (_, i) => spanOf(i).spanId))
    }
  })

  it('leaves out only the spans that are too large by themselves', () => {
    const list = [0, 1, 2, 3].map((n) => spanOf(n, n === 2 ? { name: 'x'.repeat(1_000) } : {}))
    const { requests, tooLarge } = split(new Traces([groupOf(list)], new Delivery()), 500)
    expect(tooLarge).toBe(1)
    expect(idsOf(requests)).toEqual([0, 1, 3].map((n) => spanOf(n).spanId))
  })
})
