import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, it } from 'vitest'
import {
  countItems,
  decodeAnswer,
  decodeJsonRequest,
  decodeLogs,
  decodeMetrics,
  decodeTraces,
  encodeAnswer,
  encodeRequest,
  ids,
  logs,
  OtlpError,
  points,
  spans,
  type Draft,
  type Metric,
  type Span,
  type TracesRequest,
} from './otlp.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

const goodSpan: Draft<Span> = {
  traceId,
  spanId,
  name: 'GET',
  kind: 2,
  startTimeUnixNano: 1_700_000_000_000_000_001n,
  endTimeUnixNano: 1_700_000_000_000_000_002n,
  attributes: [
    { key: 'http.request.method', value: { stringValue: 'GET' } },
    { key: 'http.response.status_code', value: { intValue: 200n } },
    { key: 'big', value: { intValue: -9_223_372_036_854_775_808n } },
  ],
}

function request(span: Draft<Span>): Draft<TracesRequest> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
  return {
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'waggle' }, spans: [span] }] }],
  }
}

function traces(change: Draft<Span> = {}): Buffer {
  return encodeRequest('traces', request({ ...goodSpan, ...change }))
}

/** Wraps bytes as a length-delimited field. */
function field(number: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body])
}

/** A request whose only span is made of these bytes. */
function rawSpan(...bytes: Buffer[]): Buffer {
  const scopeSpans = field(2, field(2, Buffer.concat(bytes)))
  return field(1, Buffer.concat([field(1, Buffer.alloc(0)), scopeSpans]))
}

const place = 'resourceSpans[0].scopeSpans[0].spans[0]'

describe('decodeTraces', () => {
  it('gives spans flat, with resource, scope and attributes as plain objects', () => {
    expect(spans(decodeTraces(traces()))).toEqual([
      {
        resource: { 'service.name': 'shop' },
        scope: { name: 'waggle', version: '', attributes: {} },
        name: 'GET',
        kind: 'server',
        traceId,
        spanId,
        parentSpanId: '',
        traceState: '',
        flags: 0,
        startNs: 1_700_000_000_000_000_001n,
        endNs: 1_700_000_000_000_000_002n,
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          big: -9_223_372_036_854_775_808n,
        },
        attributeTypes: {
          'http.request.method': 'string',
          'http.response.status_code': 'int',
          big: 'int',
        },
        events: [],
        links: [],
        status: { code: 'unset', message: '' },
      },
    ])
  })

  it('accepts what the official JavaScript exporter sends', () => {
    const context = (id: string) => ({ traceId, spanId: id, traceFlags: 1 })
    const official = {
      name: 'GET /',
      kind: 1,
      spanContext: () => context(spanId),
      parentSpanContext: context('00f067aa0ba902b7'),
      startTime: [1_700_000_000, 5],
      endTime: [1_700_000_001, 6],
      status: { code: 2, message: 'bad' },
      attributes: { text: 'x', whole: 200, part: 1.5, flag: true, list: ['p', 'q'] },
      events: [{ name: 'retry', time: [1_700_000_000, 7], attributes: { count: 1 } }],
      links: [{ context: context(spanId), attributes: {} }],
      resource: { attributes: { 'service.name': 'shop' } },
      instrumentationScope: { name: 'scope', version: '1' },
    }
    type Spans = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0]
    const bytes = ProtobufTraceSerializer.serializeRequest([official] as unknown as Spans)!
    expect(spans(decodeTraces(bytes))).toMatchObject([
      {
        kind: 'server',
        parentSpanId: '00f067aa0ba902b7',
        startNs: 1_700_000_000_000_000_005n,
        attributes: official.attributes,
        attributeTypes: { whole: 'int', part: 'double', list: 'array' },
        events: [{ name: 'retry', timeNs: 1_700_000_000_000_000_007n }],
        links: [{ traceId, spanId }],
        status: { code: 'error', message: 'bad' },
      },
    ])
  })

  it('accepts a request without spans', () => {
    expect(spans(decodeTraces(Buffer.alloc(0)))).toEqual([])
  })

  it.each<[string, Draft<Span>, string]>([
    ['a short trace id', { traceId: traceId.slice(2) }, '.traceId: expected 16 bytes, received 15'],
    ['no trace id', { traceId: '' }, '.traceId: expected 16 bytes, received 0'],
    ['a zero trace id', { traceId: '00'.repeat(16) }, '.traceId: all zero'],
    ['a long span id', { spanId: traceId }, '.spanId: expected 8 bytes, received 16'],
    ['a zero span id', { spanId: '00'.repeat(8) }, '.spanId: all zero'],
    ['a short parent id', { parentSpanId: '01' }, '.parentSpanId: expected 8 bytes, received 1'],
    ['a zero parent id', { parentSpanId: '00'.repeat(8) }, '.parentSpanId: all zero'],
    [
      'a span that is its own parent',
      { parentSpanId: spanId },
      '.parentSpanId: is the span itself',
    ],
    ['an unspecified kind', { kind: 0 }, '.kind: unspecified'],
    ['an unknown kind', { kind: 6 }, '.kind: 6 is no SpanKind'],
    ['an unknown status code', { status: { code: 3 } }, '.status.code: 3 is no StatusCode'],
    ['an empty name', { name: '' }, '.name: empty'],
    ['no start', { startTimeUnixNano: 0n }, '.startTimeUnixNano: missing'],
    ['an end before the start', { endTimeUnixNano: 1n }, '.endTimeUnixNano: 1 is before the start'],
    ['reserved flags', { flags: 0x400 }, '.flags: sets reserved bits (0x400)'],
    ['an empty key', attributes(''), '.attributes[0].key: empty'],
    ['a key given twice', attributes('a', 'a'), '.attributes[1].key: "a" is given twice'],
    ['a missing value', { attributes: [{ key: 'a' }] }, '.attributes[0].value: missing for "a"'],
    ['an event without a time', { events: [{ name: 'e' }] }, '.events[0].timeUnixNano: missing'],
    ['a link without ids', { links: [{}] }, '.links[0].traceId: expected 16 bytes, received 0'],
  ])('refuses %s', (_, change, message) => {
    expect(() => decodeTraces(traces(change))).toThrow(place + message)
  })

  it('names every problem of a request at once', () => {
    const decode = () => decodeTraces(traces({ kind: 0, name: '' }))
    expect(decode).toThrow(new OtlpError([`${place}.name: empty`, `${place}.kind: unspecified`]))
  })

  it('refuses spans without a resource', () => {
    const bytes = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [] }] })
    expect(() => decodeTraces(bytes)).toThrow('resourceSpans[0]: the resource is missing')
  })

  it.each<[string, Buffer[], string]>([
    ['an unknown field', [field(20, Buffer.alloc(1))], ': unknown field number'],
    [
      'a field given twice',
      [field(5, Buffer.from('a')), field(5, Buffer.from('b'))],
      '.name: given twice',
    ],
    ['invalid UTF-8', [field(5, Buffer.from([0xc3, 0x28]))], '.name: invalid UTF-8 (c328)'],
    ['a wrong wire type', [field(6, Buffer.alloc(1))], '.kind: expected wire type 0, received 2'],
    ['bytes that end early', [Buffer.from([0x2a, 9, 65])], '.name: the message ends early'],
    [
      'an endless varint',
      [Buffer.from([0x30, ...Array<number>(10).fill(0xff)])],
      '.kind: a varint',
    ],
    [
      'two values at once',
      [field(9, field(2, Buffer.from([0x10, 1, 0x18, 1])))],
      '.attributes[0].value.intValue: given together with boolValue',
    ],
  ])('refuses %s on the wire', (_, bytes, message) => {
    expect(() => decodeTraces(rawSpan(...bytes))).toThrow(place + message)
  })
})

function attributes(...keys: string[]): Draft<Span> {
  return { attributes: keys.map((key) => ({ key, value: { boolValue: true } })) }
}

describe('decodeJsonRequest', () => {
  const json = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeSpans: [
          {
            scope: { name: 'waggle' },
            spans: [
              {
                traceId: traceId.toUpperCase(),
                spanId,
                name: 'GET',
                kind: 2,
                startTimeUnixNano: '1700000000000000001',
                endTimeUnixNano: '1700000000000000002',
                attributes: [
                  { key: 'http.request.method', value: { stringValue: 'GET' } },
                  { key: 'http.response.status_code', value: { intValue: '200' } },
                  { key: 'big', value: { intValue: '-9223372036854775808' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  }

  it('gives the same shape as protobuf does', () => {
    expect(decodeJsonRequest('traces', JSON.stringify(json))).toEqual(decodeTraces(traces()))
  })

  it.each<[string, object, string]>([
    [
      'snake_case names',
      { trace_id: traceId },
      'unknown field "trace_id" in Span, did you mean "traceId"?',
    ],
    ['unknown names', { nonsense: 1 }, 'unknown field "nonsense" in Span'],
    ['inherited names', { constructor: 1 }, 'unknown field "constructor" in Span'],
    ['enums by name', { kind: 'SPAN_KIND_SERVER' }, '.kind: expected the number of a SpanKind'],
    ['base64 ids', { spanId: 'CvdlGRbNQ90=' }, '.spanId: expected an id in hex'],
    [
      '64-bit numbers',
      { startTimeUnixNano: 1 },
      '.startTimeUnixNano: expected a decimal number as a string',
    ],
    ['negative times', { startTimeUnixNano: '-1' }, '.startTimeUnixNano: -1 does not fit fixed64'],
    ['null', { attributes: null }, '.attributes: expected a list, received null'],
    ['half a surrogate pair', { name: '\ud800' }, '.name: holds half a surrogate pair'],
    ['fractions', { droppedEventsCount: 1.5 }, '.droppedEventsCount: expected an integer'],
    ['an unspecified kind', { kind: 0 }, '.kind: unspecified'],
  ])('refuses %s', (_, change, message) => {
    const changed = structuredClone(json)
    Object.assign(changed.resourceSpans[0]!.scopeSpans[0]!.spans[0]!, change)
    const decode = () => decodeJsonRequest('traces', JSON.stringify(changed))
    expect(decode).toThrow(message.startsWith('.') ? place + message : message)
  })

  it('refuses text that is no JSON', () => {
    expect(() => decodeJsonRequest('logs', '{')).toThrow('the request is no JSON')
  })
})

function metrics(metric: Draft<Metric>): Buffer {
  return encodeRequest('metrics', {
    resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics: [metric] }] }],
  })
}

describe('decodeMetrics', () => {
  const time = { startTimeUnixNano: 1n, timeUnixNano: 2n }

  it('gives data points flat', () => {
    const sum = {
      dataPoints: [{ ...time, asInt: 3n }],
      aggregationTemporality: 2,
      isMonotonic: true,
    }
    expect(
      points(decodeMetrics(metrics({ name: 'requests', unit: '{request}', sum }))),
    ).toMatchObject([
      { metric: 'requests', kind: 'sum', temporality: 'cumulative', isMonotonic: true, value: 3 },
    ])
  })

  it('reads a histogram with its optional fields', () => {
    const point = { ...time, count: 3n, sum: 0, bucketCounts: [1n, 2n], explicitBounds: [0.5] }
    const histogram = { dataPoints: [point], aggregationTemporality: 1 }
    const [view] = points(decodeMetrics(metrics({ name: 'duration', histogram })))
    expect(view).toMatchObject({ kind: 'histogram', value: 3, point: { ...point, min: undefined } })
  })

  it('reads an exponential histogram with a negative scale', () => {
    const positive = { offset: -3, bucketCounts: [1n, 300n] }
    const point = { ...time, count: 302n, scale: -2, zeroCount: 1n, positive }
    const exponentialHistogram = { dataPoints: [point], aggregationTemporality: 1 }
    const [view] = points(decodeMetrics(metrics({ name: 'duration', exponentialHistogram })))
    expect(view?.point).toMatchObject(point)
  })

  it.each<[string, Draft<Metric>, string]>([
    ['no name', { gauge: { dataPoints: [{ ...time, asInt: 1n }] } }, '.name: empty'],
    ['no data', { name: 'm' }, ': "m" has no data'],
    ['no points', { name: 'm', gauge: { dataPoints: [] } }, '.dataPoints: empty'],
    ['no value', { name: 'm', gauge: { dataPoints: [time] } }, '.dataPoints[0]: has no value'],
    [
      'no temporality',
      { name: 'm', sum: { dataPoints: [{ ...time, asInt: 1n }] } },
      '.aggregationTemporality: unspecified',
    ],
    [
      'the same point twice',
      {
        name: 'm',
        gauge: {
          dataPoints: [
            { ...time, asInt: 1n },
            { ...time, asInt: 2n },
          ],
        },
      },
      '.dataPoints[1]: attributes and time given twice',
    ],
    [
      'buckets that do not go with the bounds',
      {
        name: 'm',
        histogram: { aggregationTemporality: 1, dataPoints: [{ ...time, explicitBounds: [1] }] },
      },
      '.dataPoints[0]: 0 buckets do not go with 1 bounds',
    ],
    [
      'a count that differs from the buckets',
      {
        name: 'm',
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [{ ...time, count: 2n, bucketCounts: [1n, 0n], explicitBounds: [1] }],
        },
      },
      '.dataPoints[0].count: is 2, but the buckets hold 1',
    ],
  ])('refuses %s', (_, metric, message) => {
    const decode = () => decodeMetrics(metrics(metric))
    expect(decode).toThrow(`resourceMetrics[0].scopeMetrics[0].metrics[0]${message}`)
  })
})

describe('decodeLogs', () => {
  it('gives log records flat', () => {
    const bytes = encodeRequest('logs', {
      resourceLogs: [
        {
          resource: {},
          scopeLogs: [
            { logRecords: [{ timeUnixNano: 5n, body: { stringValue: 'lost' }, traceId, spanId }] },
          ],
        },
      ],
    })
    expect(logs(decodeLogs(bytes))).toMatchObject([{ timeNs: 5n, body: 'lost', traceId, spanId }])
  })

  it('refuses a record without any time', () => {
    const bytes = encodeRequest('logs', {
      resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{}] }] }],
    })
    expect(() => decodeLogs(bytes)).toThrow(
      'logRecords[0]: has neither a time nor an observed time',
    )
  })
})

it('carries a partial success there and back', () => {
  const answer = { rejected: 7n, message: 'too old' }
  expect(decodeAnswer('logs', encodeAnswer('logs', answer))).toEqual(answer)
  expect(encodeAnswer('traces', { rejected: 0n, message: '' })).toHaveLength(0)
})

it('counts items without decoding them', () => {
  expect(countItems('traces', traces())).toBe(1)
  const dataPoints = [{ asInt: 1n }, { asInt: 2n }]
  expect(countItems('metrics', metrics({ name: 'm', unit: '1', gauge: { dataPoints } }))).toBe(2)
})

it('tells parents that are elsewhere from those in the set', () => {
  const other = '00f067aa0ba902b7'
  const list = [
    { traceId, spanId, parentSpanId: other },
    { traceId, spanId: '53995c3f42cd8ad8', parentSpanId: spanId },
  ]
  expect(ids(list).foreignParents).toEqual(new Set([other]))
})
