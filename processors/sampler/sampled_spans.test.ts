import { describe, expect, it } from 'vitest'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { SpanList } from '../../src/pdata/traces.ts'
import { decodeTraces, spans } from '../../test/kit/otlp.ts'
import { VERDICT } from './judge.ts'
import { markOf, type Marks, pickOf, SampledSpans, UPSTREAM } from './sampled_spans.ts'
import { error, groupOf, spanOf } from './spans_for_tests.ts'

const all = [
  spanOf('0000001', { name: 'a' }),
  spanOf('1000001', { name: 'b', ...error }),
  spanOf('2000001', { name: 'c', traceState: 'ot=th:f,vendor=x' }),
  spanOf('3000001', { name: 'd', traceState: 'vendor=x', flags: 1 }),
  spanOf('4000001', { name: 'e', traceState: 'ot=rv:00000010000000' }),
]
const MARKS = { 0: undefined, 1: markOf('0'), 2: markOf('c'), 3: undefined }
const { chance, rule, upstream } = VERDICT

function picked(...picks: [row: number, verdict: 0 | 1 | 2 | 3][]): SampledSpans {
  const numbers = Uint32Array.from(picks, ([row, verdict]) => pickOf(row, verdict))
  return new SampledSpans(new SpanArray(all), numbers, MARKS)
}

/** Name and trace state of each span, as a strict decoder reads them. */
function encoded(list: SpanList): string[] {
  const out = new ProtoWriter()
  encodeTraces(new Traces([{ ...groupOf([]), spans: list }], new Delivery()), out)
  return spans(decodeTraces(out.toBytes())).map(({ name, traceState }) => `${name} ${traceState}`)
}

describe('picked spans', () => {
  it('are read field by field as in their list', () => {
    const list = picked([1, rule], [3, upstream])
    expect(list.length).toBe(2)
    const read = [0, 1].map((i) => [
      [list.name(i), list.kind(i), list.status(i), list.startMs(i), list.durationNs(i)],
      [list.attribute(i, 'url.path'), list.randomness(i), list.sampledUpstream(i)],
    ])
    expect(read).toEqual([
      [
        ['b', 2, 2, 1_700_000_000_000, 1_000_000],
        ['/', 0x1000001, false],
      ],
      [
        ['d', 2, 0, 1_700_000_000_000, 1_000_000],
        ['/', 0x3000001, true],
      ],
    ])
  })

  it('carry the threshold that they were kept with, whole or encoded', () => {
    const list = picked([0, chance], [1, rule], [2, chance], [3, chance], [3, upstream], [4, rule])
    const states = [
      'a ot=th:c',
      'b ot=th:0',
      'c ot=th:f,vendor=x',
      'd ot=th:c,vendor=x',
      'd vendor=x',
      'e ot=th:0;rv:00000010000000',
    ]
    const whole = states.map((_, i) => list.at(i))
    expect(whole.map(({ name, traceState }) => `${name} ${traceState}`)).toEqual(states)
    expect(encoded(list)).toEqual(states)
    expect(states.map((_, i) => `${list.name(i)} ${list.traceState(i)}`)).toEqual(states)
    expect(whole[1]).toEqual({ ...all[1], traceState: 'ot=th:0' })
  })

  it('are read in place where those of their list are', () => {
    const exchange = { method: 'GET' } as HttpSpan
    const list: SpanList = Object.assign(new SpanArray(all), {
      http: (i: number) => (i === 3 ? exchange : undefined),
    })
    const sampled = new SampledSpans(list, Uint32Array.of(pickOf(1, 1), pickOf(3, 2)), MARKS)
    expect([sampled.http(0), sampled.http(1), sampled.slice(1, 2).http?.(0)]).toEqual([
      undefined,
      exchange,
      exchange,
    ])
    expect(picked([1, rule]).http(0)).toBeUndefined()
  })

  it('carry the threshold of whoever began the trace, or the lower one of the share', () => {
    const thresholds = ['', '8', 'c', 'e']
    const list: SpanList = Object.assign(new SpanArray(all.slice(0, 4)), {
      upstreamThreshold: (i: number) => thresholds[i]!,
    })
    const picks = Uint32Array.from(thresholds, (_, i) => pickOf(i, upstream))
    const states = (marks: Marks): string[] => {
      const sampled = new SampledSpans(list, picks, marks)
      expect(encoded(sampled)).toEqual(
        thresholds.map((_, i) => `${sampled.name(i)} ${sampled.at(i).traceState}`),
      )
      return thresholds.map((_, i) => sampled.traceState(i))
    }
    const share = { ...MARKS, 3: UPSTREAM }
    expect(states(share)).toEqual(['', 'ot=th:8', 'ot=th:f,vendor=x', 'ot=th:c,vendor=x'])
    const none = { ...share, 2: markOf('') }
    expect(states(none)).toEqual(['', 'ot=th:8', 'ot=th:f,vendor=x', 'ot=th:e,vendor=x'])
    expect(states(MARKS)).toEqual(['', '', 'ot=th:f,vendor=x', 'vendor=x'])
  })

  it('are encoded by their list with another trace state where it can do that', () => {
    const written: [number, string][] = []
    const list: SpanList = Object.assign(new SpanArray(all), {
      encodeWithState: (i: number, state: string) => void written.push([i, state]),
    })
    const sampled = new SampledSpans(list, Uint32Array.of(pickOf(3, rule), pickOf(1, rule)), MARKS)
    sampled.encode(0, new ProtoWriter())
    sampled.encode(1, new ProtoWriter())
    expect(written).toEqual([[3, 'ot=th:0,vendor=x']])
  })

  it('are sliced like any list, and slices of slices too', () => {
    const list = picked([0, chance], [1, rule], [3, upstream], [4, rule])
    const part = list.slice(1, 4)
    expect([part.length, encoded(part)]).toEqual([
      3,
      ['b ot=th:0', 'd vendor=x', 'e ot=th:0;rv:00000010000000'],
    ])
    expect(encoded(part.slice(1, 2))).toEqual(['d vendor=x'])
  })
})
