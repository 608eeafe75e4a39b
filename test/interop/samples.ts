import { encodeRequest } from '../kit/otlp.ts'
import type { Draft, Requests, Signal } from '../kit/otlp.ts'

const T = 1_790_000_000_000_000_000n

/** Attributes of every type that OTLP has. */
const everyType = [
  { key: 'string', value: { stringValue: 'Grüße, 世界 \u{1F41D}' } },
  { key: 'empty', value: { stringValue: '' } },
  { key: 'bool', value: { boolValue: false } },
  { key: 'int', value: { intValue: -9_007_199_254_740_993n } },
  { key: 'double', value: { doubleValue: 1e-7 } },
  { key: 'bytes', value: { bytesValue: Buffer.from([0, 255, 10, 128]) } },
  { key: 'array', value: { arrayValue: { values: [{ intValue: 0n }, { stringValue: 'x' }] } } },
  {
    key: 'map',
    value: { kvlistValue: { values: [{ key: 'deep', value: { kvlistValue: { values: [] } } }] } },
  },
]

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
const resource = (name: string) => ({
  attributes: [text('service.name', name), text('host.name', 'node-1')],
})
const scope = { name: 'sample', version: '1.2.3', attributes: [text('scope.key', 'v')] }
const id = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')

/** Spans of two services, with all that a span can have. */
function traces(count: number): Draft<Requests['traces']> {
  const span = (n: number) => ({
    traceId: id(1000 + (n >> 2), 32),
    spanId: id(n + 1, 16),
    parentSpanId: n % 4 === 0 ? '' : id(n, 16),
    traceState: n % 3 === 0 ? 'vendor=value,ot=th:8' : '',
    flags: 0x101,
    name: `GET /things/${n}`,
    kind: (n % 5) + 1,
    startTimeUnixNano: T + BigInt(n) * 1000n,
    endTimeUnixNano: T + BigInt(n) * 1000n + 1_234_567n,
    attributes: n % 7 === 0 ? everyType : [text('url.path', `/things/${n}`)],
    droppedAttributesCount: n % 2,
    events: n % 5 === 0 ? [{ timeUnixNano: T + 5n, name: 'exception', attributes: everyType }] : [],
    links: n % 6 === 0 ? [{ traceId: id(7, 32), spanId: id(9, 16), attributes: everyType }] : [],
    status: n % 4 === 0 ? { code: 2, message: 'no such thing' } : { code: 0, message: '' },
  })
  const spans = Array.from({ length: count }, (_, n) => span(n))
  return {
    resourceSpans: ['shop', 'cart'].map((name, i) => ({
      resource: resource(name),
      scopeSpans: [{ scope, spans: spans.filter((_, n) => n % 2 === i), schemaUrl: 'https://s/1' }],
      schemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
    })),
  }
}

/** A metric of every kind, with exemplars. */
function metrics(count: number): Draft<Requests['metrics']> {
  const point = { attributes: everyType, startTimeUnixNano: T, timeUnixNano: T + 9n }
  const exemplars = [
    {
      timeUnixNano: T + 1n,
      asDouble: 0.5,
      traceId: id(5, 32),
      spanId: id(6, 16),
      filteredAttributes: [],
    },
  ]
  const counts = { count: 6n, sum: 12.5, min: 0.1, max: 9 }
  const list: Draft<Requests['metrics']>['resourceMetrics'] = []
  for (let n = 0; n < count; n++) {
    const facts = { description: 'A sample.', unit: 's' }
    const series = { ...point, attributes: [text('series', String(n)), ...everyType] }
    list.push({
      resource: resource(`service-${n}`),
      scopeMetrics: [
        {
          scope,
          metrics: [
            {
              name: 'temperature',
              ...facts,
              gauge: { dataPoints: [{ ...series, asDouble: -3.5 }] },
            },
            {
              name: 'requests',
              ...facts,
              sum: {
                dataPoints: [{ ...series, asInt: 12n, exemplars }],
                aggregationTemporality: 2,
                isMonotonic: true,
              },
            },
            {
              name: 'duration',
              ...facts,
              histogram: {
                dataPoints: [
                  {
                    ...series,
                    ...counts,
                    bucketCounts: [1n, 2n, 3n],
                    explicitBounds: [0.5, 1],
                    exemplars,
                  },
                ],
                aggregationTemporality: 1,
              },
            },
            {
              name: 'size',
              ...facts,
              exponentialHistogram: {
                dataPoints: [
                  {
                    ...series,
                    ...counts,
                    scale: -2,
                    zeroCount: 1n,
                    positive: { offset: -3, bucketCounts: [1n, 0n, 4n] },
                    negative: { offset: 0, bucketCounts: [] },
                    zeroThreshold: 0.001,
                  },
                ],
                aggregationTemporality: 2,
              },
            },
            {
              name: 'quantiles',
              ...facts,
              summary: {
                dataPoints: [
                  {
                    ...series,
                    count: 6n,
                    sum: 3,
                    quantileValues: [{ quantile: 0.99, value: 1.5 }],
                  },
                ],
              },
            },
          ],
        },
      ],
    })
  }
  return { resourceMetrics: list }
}

/** Log records with bodies of every type. */
function logs(count: number): Draft<Requests['logs']> {
  const record = (n: number) => ({
    timeUnixNano: T + BigInt(n),
    observedTimeUnixNano: T + BigInt(n) + 5n,
    severityNumber: (n % 24) + 1,
    severityText: 'WARN',
    body: everyType[n % everyType.length]!.value,
    attributes: everyType,
    flags: 1,
    traceId: id(n + 1, 32),
    spanId: id(n + 1, 16),
    eventName: n % 2 === 0 ? 'device.app.lifecycle' : '',
  })
  const logRecords = Array.from({ length: count }, (_, n) => record(n))
  return { resourceLogs: [{ resource: resource('shop'), scopeLogs: [{ scope, logRecords }] }] }
}

/** An OTLP request in protobuf with about so many items, the same each time. */
export function sampleRequest(signal: Signal, count: number): Buffer {
  if (signal === 'traces') return encodeRequest('traces', traces(count))
  if (signal === 'metrics') return encodeRequest('metrics', metrics(count))
  return encodeRequest('logs', logs(count))
}

/** A request of one service as an SDK sends it: spans with eight attributes, of about 400 bytes each. */
export function sdkRequest(count: number): Buffer {
  const span = (n: number) => ({
    traceId: id(n * 7919 + 1, 32),
    spanId: id(n + 1, 16),
    parentSpanId: id(n + 2, 16),
    flags: 0x101,
    name: 'GET /orders/{id}',
    kind: 2,
    startTimeUnixNano: T + BigInt(n) * 1_000_000n,
    endTimeUnixNano: T + BigInt(n) * 1_000_000n + 12_345_678n,
    attributes: [
      text('http.request.method', 'GET'),
      text('http.route', '/orders/{id}'),
      text('url.path', `/orders/${n * 31}`),
      text('url.scheme', 'http'),
      text('server.address', 'orders.shop.svc.cluster.local'),
      { key: 'server.port', value: { intValue: 8080n } },
      { key: 'http.response.status_code', value: { intValue: 200n } },
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) shop-frontend/2.41.0'),
    ],
  })
  const spans = Array.from({ length: count }, (_, n) => span(n))
  return encodeRequest('traces', {
    resourceSpans: [{ resource: resource('orders'), scopeSpans: [{ scope, spans }] }],
  })
}
