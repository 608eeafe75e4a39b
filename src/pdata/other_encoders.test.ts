import { describe, expect, it } from 'vitest'
import { encodeRequest } from '../../test/kit/otlp.ts'
import { Delivery } from './delivery.ts'
import { mergeBatches } from './merge_batches.ts'
import { encodeBatch } from './otlp_encode.ts'
import { checkItems, readRequest } from './otlp_request.ts'
import { ProtoWriter } from './proto_writer.ts'
import { rowsOf } from './random_requests_for_tests.ts'
import { Traces } from './traces.ts'

/*
 * What protobuf allows and our own encoder never writes: fields in any order and in pieces, the same
 * field twice, lists of numbers that are not packed.
 */

/** Wraps fields, each the bytes of a whole field, as the message `field`. */
function message(field: number, ...fields: readonly Buffer[]): Buffer {
  const out = new ProtoWriter()
  out.bytes(field, Buffer.concat(fields))
  return out.toBytes()
}

const text = (field: number, value: string) => message(field, Buffer.from(value))
const uint = (field: number, value: number) => Buffer.from([field << 3, value])

function fixed64(field: number, value: bigint): Buffer {
  const out = new ProtoWriter()
  out.fixed64(field, BigInt.asUintN(64, value))
  return out.toBytes()
}

function double(field: number, value: number): Buffer {
  const out = new ProtoWriter()
  out.double(field, value)
  return out.toBytes()
}

const attribute = (field: number, key: string, value: string) =>
  message(field, message(2, text(1, value)), text(1, key))

const spans = (body: Buffer) => readRequest('traces', body, new Delivery())

describe('spans that do not stand together', () => {
  const span = (name: string) => message(2, text(5, name))
  const scopeGroup = message(
    2,
    span('a'),
    message(1, text(1, 'app')),
    span('b'),
    text(3, 'url'),
    span('c'),
  )
  const body = message(
    1,
    text(3, 'resource url'),
    scopeGroup,
    message(1, attribute(1, 'a', '1')),
    message(1, attribute(1, 'b', '2')),
  )

  it('are read, with a resource that comes behind them and in pieces', () => {
    const [group] = spans(body).groups
    expect([0, 1, 2].map((i) => group!.spans.name(i))).toEqual(['a', 'b', 'c'])
    expect(group!.resource.attributes).toEqual({ a: '1', b: '2' })
    expect(group!.resource.schemaUrl).toBe('resource url')
    expect([group!.scope.name, group!.scope.schemaUrl]).toEqual(['app', 'url'])
  })

  it('are encoded, sliced and merged', () => {
    const { groups, delivery } = spans(body)
    const names = (batch: Traces) => {
      const out = new ProtoWriter()
      encodeBatch(batch, out)
      return rowsOf('traces', out.toBytes()).map(({ item }) => item['name'])
    }
    expect(names(new Traces(groups, delivery))).toEqual(['a', 'b', 'c'])
    expect(names(mergeBatches([spans(body), spans(body)]))).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    const [group] = groups
    const part = (from: number, to: number) =>
      names(new Traces([{ ...group!, spans: group!.spans.slice(from, to) }], delivery))
    expect([part(1, 3), part(0, 1), part(0, 0), part(3, 3)]).toEqual([['b', 'c'], ['a'], [], []])
  })
})

it('an empty part of spans that stand together has none', () => {
  const list = spans(message(1, message(2, message(2, text(5, 'a'))))).groups[0]!.spans
  const out = new ProtoWriter()
  for (const [from, to] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const part = list.slice(from, to)
    part.encodeAll!(out)
    expect([part.length, part.byteLength, out.length]).toEqual([0, 0, 0])
  }
})

describe('a field that stands twice', () => {
  it('is the last one of a span', () => {
    const twice = [
      text(5, 'a'),
      text(5, 'b'),
      uint(6, 2),
      uint(6, 3),
      fixed64(7, 1n),
      fixed64(7, 2n),
    ]
    const status = [message(15, text(2, 'why')), message(15, uint(3, 2))]
    const list = spans(message(1, message(2, message(2, ...twice, ...status)))).groups[0]!.spans
    expect([list.name(0), list.kind(0), list.status(0), list.startMs(0)]).toEqual(['b', 3, 2, 2e-6])
    expect(list.at(0)).toMatchObject({
      name: 'b',
      kind: 3,
      startNs: 2n,
      status: { code: 2, message: 'why' },
    })
  })

  it('is the last one of a log record', () => {
    const record = message(2, text(3, 'a'), fixed64(1, 1n), text(3, 'b'), fixed64(1, 2n))
    const { logs } = readRequest('logs', message(1, message(2, record)), new Delivery()).groups[0]!
    expect([logs.severityText(0), logs.timeNs(0), logs.at(0).severityText]).toEqual(['b', 2n, 'b'])
  })

  it('is the last one of alternatives', () => {
    const points = [
      message(1, double(4, 3), fixed64(6, 7n)),
      message(1, fixed64(6, 7n), double(4, 3)),
      message(1, fixed64(6, -1n)),
      message(1, fixed64(6, -(2n ** 60n))),
    ]
    const body = message(1, message(2, message(2, text(1, 'm'), message(5, ...points))))
    const [metric] = readRequest('metrics', body, new Delivery()).groups[0]!.metrics
    expect(metric!.data.points).toMatchObject([
      { value: 7 },
      { value: 3, isDouble: true },
      { value: -1 },
      { value: -(2n ** 60n) },
    ])
    expect(metric!.data.points[0]).not.toHaveProperty('isDouble')
  })
})

describe('a list of numbers', () => {
  const metric = (point: Buffer, field = 9) =>
    message(1, message(2, message(2, text(1, 'm'), message(field, message(1, point)))))
  const read = (body: Buffer) => readRequest('metrics', body, new Delivery())

  it('may be packed or not, or both', () => {
    const packed = Buffer.concat([fixed64(1, 5n).subarray(1), fixed64(1, 6n).subarray(1)])
    const bounds = [double(7, 0.5), message(7, double(1, 1).subarray(1))]
    const batch = read(metric(Buffer.concat([fixed64(6, 4n), message(6, packed), ...bounds])))
    expect(batch.groups[0]!.metrics[0]!.data.points).toMatchObject([
      { counts: [4, 5, 6], bounds: [0.5, 1] },
    ])
    const buckets = message(8, uint(2, 1), message(2, Buffer.from([2, 0x83, 0x01])))
    const exponential = read(metric(buckets, 10))
    expect(exponential.groups[0]!.metrics[0]!.data.points).toMatchObject([
      { positive: { offset: 0, counts: [1, 2, 131] } },
    ])
    expect([checkItems(batch), checkItems(exponential)]).toEqual([undefined, undefined])
  })

  it.each([
    ['of eight bytes each', metric(message(6, Buffer.alloc(12)))],
    ['of any length', metric(message(8, message(2, Buffer.from([1, 0x80]))), 10)],
  ])('%s that ends within one is malformed', (_, body) => {
    expect(checkItems(read(body))?.what).toBe('a list of numbers ends within a number')
  })
})

it('an attribute may have the name of what every object has', () => {
  const names = ['__proto__', 'constructor', 'toString']
  const attributes = names.map((key) => ({ key, value: { stringValue: key } }))
  const body = encodeRequest('traces', {
    resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }],
  })
  const list = spans(body).groups[0]!.spans
  expect(Object.entries(list.at(0).attributes)).toEqual(names.map((key) => [key, key]))
  expect(names.map((key) => list.attribute(0, key))).toEqual(names)
  expect(list.attribute(0, 'valueOf')).toBeUndefined()
})
