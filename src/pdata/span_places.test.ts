import { expect, it } from 'vitest'
import { AdjustedCount } from './adjusted_count.ts'
import { spanItems } from './item_bytes.ts'
import { decodeAnyValue } from './otlp_any_value.ts'
import { SpanArray } from './span_array.ts'
import { SpanPlaces, WantedAttributes } from './span_places.ts'
import type { Span } from './traces.ts'

const span: Span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: 'aaaaaaaaaaaaaaaa',
  traceState: 'a=b',
  flags: 1,
  name: 'GET',
  kind: 3,
  startNs: 2_000_000_000n,
  endNs: 1_000_000_001n,
  attributes: { ab: 1, cb: 'x', [`${'k'.repeat(200)}b`]: true, '': 'empty' },
  events: [{ timeNs: 1n, name: 'e', attributes: { ab: 'of the event' } }],
  status: { code: 2, message: 'm' },
}

it('finds the fields of a span and the attributes that are wanted, in one pass', () => {
  const long = `${'k'.repeat(200)}b`
  const wanted = new WantedAttributes(['ab', 'cb', 'db', long, ''])
  const places = new SpanPlaces(wanted)
  const plain = { ...span, parentSpanId: '', attributes: {}, events: [] }
  const items = spanItems(new SpanArray([span, plain]))
  places.of(items, 0)
  const hex = (from: number, to: number): string => items.bytes.toString('hex', from, to)
  const values = (): unknown[] =>
    [...wanted.from].map((from, n) =>
      from < 0 ? undefined : decodeAnyValue(items.bytes, from, wanted.to[n]!),
    )
  expect(values()).toEqual([1, 'x', undefined, true, 'empty'])
  expect(hex(places.traceFrom, places.traceTo)).toBe(span.traceId)
  expect(hex(places.idFrom, places.idTo)).toBe(span.spanId)
  expect(hex(places.parentFrom, places.parentTo)).toBe(span.parentSpanId)
  expect(places).toMatchObject({ kind: 3, status: 2, events: 1, links: 0, flags: 1 })
  expect(places.elapsedNs(items.bytes)).toBe(-999_999_999)
  places.of(items, 1)
  expect(values()).toEqual([undefined, undefined, undefined, undefined, undefined])
  expect([places.parentFrom, places.parentTo, places.events]).toEqual([0, 0, 0])
})

it('tells how many spans one stands for by the threshold in its trace state', () => {
  const counts = new AdjustedCount()
  const states = ['', 'ot=th:8', 'ot=th:8', 'ot=th:0', 'ot=th:aaaaaaaaaaaaaa', 'ot=rv:1', 'x=th:8']
  expect(states.map((state) => counts.of(state))).toEqual([
    undefined,
    2,
    2,
    1,
    3,
    undefined,
    undefined,
  ])
})
