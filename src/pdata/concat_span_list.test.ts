import { expect, it } from 'vitest'
import { encodeTraces } from './otlp_traces.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { SpanList } from './traces.ts'
import { ConcatSpanList } from './concat_span_list.ts'
import { groupOf, shop, scope, spanOf, tracesOf } from './spans_for_tests.ts'

const listOf = (names: string): SpanList => groupOf(names).spans

const concat = (...names: string[]): ConcatSpanList => new ConcatSpanList(names.map(listOf))

function textOf(list: SpanList): string {
  return Array.from({ length: list.length }, (_, i) => list.name(i)).join('')
}

it('reads several lists as one, forwards, backwards and at random', () => {
  const list = concat('abc', 'd', 'ef')
  expect(list.length).toBe(6)
  expect(textOf(list)).toBe('abcdef')
  expect([5, 4, 3, 2, 1, 0].map((i) => list.name(i)).join('')).toBe('fedcba')
  expect([0, 5, 1, 3, 0].map((i) => list.name(i)).join('')).toBe('afbda')
})

it('gives every field of the span behind an index', () => {
  const list = concat('ab', 'c')
  const plain = listOf('c')
  expect(list.at(2)).toEqual(spanOf('c'))
  expect(list.kind(2)).toBe(plain.kind(0))
  expect(list.status(2)).toBe(plain.status(0))
  expect(list.startMs(2)).toBe(plain.startMs(0))
  expect(list.durationNs(2)).toBe(plain.durationNs(0))
  expect(list.attribute(2, 'http.route')).toBe('/c')
  expect(list.randomness(1)).toBe(listOf('b').randomness(0))
  expect(list.traceState(2)).toBe(plain.traceState(0))
  expect(list.sampledUpstream(2)).toBe(true)
})

it('slices across its lists and within one', () => {
  const list = concat('abc', 'd', 'ef')
  expect(textOf(list.slice(2, 5))).toBe('cde')
  expect(textOf(list.slice(0, 2))).toBe('ab')
  expect(textOf(list.slice(4, 6))).toBe('ef')
  expect(list.slice(3, 3).length).toBe(0)
})

it('encodes as the same spans in one list do', () => {
  const bytesOf = (spans: SpanList): Buffer => {
    const out = new ProtoWriter()
    encodeTraces(tracesOf([{ resource: shop, scope, spans }]), out)
    return out.toBytes()
  }
  expect(bytesOf(concat('abc', 'd', 'ef'))).toEqual(bytesOf(listOf('abcdef')))
})

it('is the list itself where there is only one', () => {
  const list = listOf('ab')
  expect(ConcatSpanList.of([list])).toBe(list)
})
