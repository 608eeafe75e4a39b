import { describe, expect, it } from 'vitest'
import { ConcatSpanList } from './concat_span_list.ts'
import { Delivery } from './delivery.ts'
import { editLogs, editSpans } from './edit_items.ts'
import { filterLogs, filterMetrics, filterPoints, filterSpans } from './filter_items.ts'
import { mapGroups, withResource } from './map_groups.ts'
import { mergeBatches, type OtlpBatch } from './merge_batches.ts'
import { encodeBatch } from './otlp_encode.ts'
import { readRequest, type Signal } from './otlp_request.ts'
import { ProtoWriter } from './proto_writer.ts'
import { tracesOf } from './spans_for_tests.ts'
import { splitBatch } from './split_batch.ts'
import { type SpanGroup, Traces } from './traces.ts'

/** Wraps fields, each the bytes of a whole field, as the message `field`. */
function message(field: number, ...fields: readonly Buffer[]): Buffer {
  const out = new ProtoWriter()
  out.bytes(field, Buffer.concat(fields))
  return out.toBytes()
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value))
}

/** A field of a number that no OTLP message has. */
const strange = (where: string): Buffer => text(1000, `strange ${where}`)

const attribute = (field: number, key: string, value: string): Buffer =>
  message(field, text(1, key), message(2, text(1, value), strange('value')), strange('attribute'))

/** An item of each signal, called `name`. */
const ITEMS: Readonly<Record<Signal, (name: string) => Buffer>> = {
  traces: (name) => message(2, text(5, name), attribute(9, 'k', name), strange('span')),
  logs: (name) => message(2, text(3, name), attribute(6, 'k', name), strange('record')),
  metrics: (name) =>
    message(
      2,
      text(1, name),
      message(5, point(`${name}1`), point(`${name}2`), strange('gauge')),
      strange('metric'),
    ),
}

function point(name: string): Buffer {
  return message(1, attribute(7, 'k', name), strange('point'))
}

/** A request of one resource and scope with a strange field in each of its messages. */
function requestOf({ items }: { readonly items: readonly Buffer[] }): Buffer {
  const resource = message(1, attribute(1, 'service.name', 'shop'), strange('resource'))
  const scope = message(1, text(1, 'app'), strange('scope'))
  const scopeGroup = message(2, scope, ...items, text(3, 'scope url'), strange('scope group'))
  return message(1, resource, scopeGroup, text(3, 'url'), strange('group'))
}

function itemsOf(signal: Signal, names: string): Buffer[] {
  return [...names].map((name) => ITEMS[signal](name))
}

function read(signal: Signal, names: string): OtlpBatch {
  const body = requestOf({ items: itemsOf(signal, names) })
  return readRequest(signal, body, new Delivery())
}

function encode(batch: OtlpBatch): Buffer {
  const out = new ProtoWriter(16)
  encodeBatch(batch, out)
  return out.toBytes()
}

const SIGNALS = ['traces', 'metrics', 'logs'] as const

describe('fields that we do not know', () => {
  it.each(SIGNALS)('survive when other items of %s are left out', (signal) => {
    const batch = read(signal, 'abc')
    const expected = requestOf({ items: itemsOf(signal, 'ac') })
    expect(encode(without(batch, 'b'))).toEqual(expected)
  })

  it.each(SIGNALS)('survive when the resource of %s changes', (signal) => {
    const batch = read(signal, 'ab')
    const changed = mapGroups(batch, (group) => {
      return withResource(group, group.resource.with({ pod: 'p', none: undefined }))
    })
    expect(changed.groups[0]!.resource.attributes).toEqual({ 'service.name': 'shop', pod: 'p' })
    const encoded = encode(changed)
    for (const where of ['resource', 'scope', 'scope group', 'group', 'value', 'attribute']) {
      expect(encoded.includes(strange(where))).toBe(true)
    }
    expect(encoded.includes(Buffer.concat(itemsOf(signal, 'ab')))).toBe(true)
  })

  it.each(SIGNALS)('survive when batches of %s are put together and split', (signal) => {
    const merged = mergeBatches([read(signal, 'ab'), read(signal, 'cd')])
    expect(encode(merged)).toEqual(requestOf({ items: itemsOf(signal, 'abcd') }))
    const perItem = signal === 'metrics' ? 2 : 1
    const [head, rest] = splitBatch(merged, 3 * perItem)
    expect(encode(head)).toEqual(requestOf({ items: itemsOf(signal, 'abc') }))
    expect(encode(rest!)).toEqual(requestOf({ items: itemsOf(signal, 'd') }))
  })

  it('survive when a metric is cut between its data points', () => {
    const gauge = (...points: readonly string[]) =>
      message(
        2,
        text(1, 'a'),
        message(5, ...points.map(point), strange('gauge')),
        strange('metric'),
      )
    const [head, rest] = splitBatch(read('metrics', 'a'), 1)
    expect(encode(head)).toEqual(requestOf({ items: [gauge('a1')] }))
    expect(encode(rest!)).toEqual(requestOf({ items: [gauge('a2')] }))
    const batch = readRequest(
      'metrics',
      requestOf({ items: itemsOf('metrics', 'a') }),
      new Delivery(),
    )
    const kept = filterPoints(
      batch,
      (_, metric, i) => metric.data.points[i]?.attributes['k'] === 'a2',
    )
    expect(encode(kept)).toEqual(requestOf({ items: [gauge('a2')] }))
  })

  it('survive when a span gets another trace state', () => {
    const state = text(3, 'a=b')
    const span = (traceState: Buffer) =>
      message(2, traceState, text(5, 'x'), attribute(9, 'k', 'x'), strange('span'))
    const body = requestOf({ items: [span(state), span(state)] })
    const traces = readRequest('traces', body, new Delivery())
    const merged = mergeBatches([traces, tracesOf('ab')])
    const out = new ProtoWriter()
    const [received, made] = merged.groups as [SpanGroup, SpanGroup]
    for (const spans of [received.spans, ConcatSpanList.of([received.spans, made.spans])]) {
      out.reset()
      spans.encodeWithState!(1, 'ot=th:8', out)
      out.message(2, 0)
      expect(out.toBytes()).toEqual(span(text(3, 'ot=th:8')))
    }
    out.reset()
    ConcatSpanList.of([received.spans, made.spans]).encodeWithState!(3, 'ot=th:8', out)
    expect(out.toBytes().includes(text(3, 'ot=th:8'))).toBe(true)
  })

  it('survive when attributes of an item change', () => {
    const field = { traces: 9, logs: 6 }
    for (const signal of ['traces', 'logs'] as const) {
      const name = text(signal === 'traces' ? 5 : 3, 'b')
      const end = strange(signal === 'traces' ? 'span' : 'record')
      const added = message(field[signal], text(1, 'new'), message(2, text(1, 'v')))
      const b = message(2, name, end, added)
      const expected = requestOf({ items: [ITEMS[signal]('a'), b] })
      expect(encode(edited(read(signal, 'ab')))).toEqual(expected)
    }
  })
})

/** The batch without the items of that name. */
function without(batch: OtlpBatch, name: string): OtlpBatch {
  switch (batch.kind) {
    case 'traces':
      return filterSpans(batch, ({ spans }, i) => spans.name(i) !== name)
    case 'metrics':
      return filterMetrics(batch, (_, metric) => metric.name !== name)
    case 'logs':
      return filterLogs(batch, ({ logs }, i) => logs.severityText(i) !== name)
  }
}

const CHANGES = { k: undefined, new: 'v' }

/** The batch with other attributes on its second item. */
function edited(batch: OtlpBatch): OtlpBatch {
  const change = (i: number) => (i === 1 ? CHANGES : undefined)
  if (batch.kind === 'traces') {
    return mapGroups(batch, (group) => ({ ...group, spans: editSpans(group.spans, change) }))
  }
  if (batch.kind === 'metrics') return batch
  return mapGroups(batch, (group) => ({ ...group, logs: editLogs(group.logs, change) }))
}

describe('a batch that a processor leaves as it is', () => {
  it('keeps the bytes it was received as', () => {
    const keep = () => true
    const traces = readRequest(
      'traces',
      requestOf({ items: itemsOf('traces', 'a') }),
      new Delivery(),
    )
    expect(filterSpans(traces, keep)).toBe(traces)
    const same = mapGroups(traces, (group) => withResource(group, group.resource))
    expect(same.encoded).toBe(traces.encoded)
    const [{ spans }] = traces.groups as [SpanGroup]
    expect(editSpans(spans, () => undefined)).toBe(spans)
    const logs = readRequest('logs', requestOf({ items: itemsOf('logs', 'a') }), new Delivery())
    expect(filterLogs(logs, keep)).toBe(logs)
    const metrics = readRequest(
      'metrics',
      requestOf({ items: itemsOf('metrics', 'a') }),
      new Delivery(),
    )
    expect(filterPoints(metrics, keep)).toBe(metrics)
    expect(filterMetrics(metrics, keep)).toBe(metrics)
  })

  it('loses the groups of which nothing is kept', () => {
    const none = () => false
    for (const signal of SIGNALS) {
      const batch = read(signal, 'ab')
      const left =
        batch.kind === 'traces'
          ? filterSpans(batch, none)
          : batch.kind === 'logs'
            ? filterLogs(batch, none)
            : filterPoints(batch, none)
      expect([left.groups, left.itemCount]).toEqual([[], 0])
      expect(left.delivery).toBe(batch.delivery)
    }
  })
})

describe('items that are decoded already', () => {
  it('are filtered and edited in the same way', () => {
    const received = requestOf({ items: itemsOf('traces', 'abc') })
    const [group] = readRequest('traces', received, new Delivery()).groups as [SpanGroup]
    const batch = new Traces([{ ...group, spans: asViews(group) }], new Delivery())
    const kept = filterSpans(batch, ({ spans }, i) => spans.name(i) !== 'b')
    const { spans } = kept.groups[0] as SpanGroup
    expect([spans.length, spans.name(0), spans.name(1)]).toEqual([2, 'a', 'c'])
    const changed = editSpans(asViews(group), (i) => (i === 2 ? CHANGES : undefined))
    expect(changed.at(2).attributes).toEqual({ new: 'v' })
    expect(changed.at(1).attributes).toEqual({ k: 'b' })
    expect(changed.name(2)).toBe('c')
  })
})

/** The spans as a list that is not over bytes of a request, as far as anybody can tell. */
function asViews({ spans }: SpanGroup): SpanGroup['spans'] {
  return {
    length: spans.length,
    at: (i) => spans.at(i),
    encode: (i, out) => spans.encode(i, out),
    name: (i) => spans.name(i),
    kind: (i) => spans.kind(i),
    status: (i) => spans.status(i),
    startMs: (i) => spans.startMs(i),
    durationNs: (i) => spans.durationNs(i),
    attribute: (i, key) => spans.attribute(i, key),
    randomness: (i) => spans.randomness(i),
    traceState: (i) => spans.traceState(i),
    sampledUpstream: (i) => spans.sampledUpstream(i),
    slice: (from, to) => spans.slice(from, to),
  }
}
