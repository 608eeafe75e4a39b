import { describe, expect, it } from 'vitest'
import { decodeJsonRequest, decodeRequest, encodeRequest } from '../../test/kit/otlp.ts'
import type { Draft, LogsRequest, MetricsRequest, TracesRequest } from '../../test/kit/otlp.ts'
import { requestToJson } from './json.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const time = 1_790_000_000_000_000_001n
const attributes = [
  { key: 'text', value: { stringValue: 'ä"\n' } },
  { key: 'yes', value: { boolValue: true } },
  { key: 'big', value: { intValue: -9_223_372_036_854_775_808n } },
  { key: 'half', value: { doubleValue: 0.5 } },
  { key: 'bytes', value: { bytesValue: Buffer.from([0, 255, 1]) } },
  { key: 'none', value: {} },
  {
    key: 'deep',
    value: {
      arrayValue: {
        values: [{ kvlistValue: { values: [{ key: 'a', value: { intValue: 1n } }] } }],
      },
    },
  },
]
const resource = {
  attributes,
  droppedAttributesCount: 1,
  entityRefs: [{ schemaUrl: 's', type: 'service', idKeys: ['text'], descriptionKeys: ['yes'] }],
}
const scope = { name: 'waggle', version: '1', attributes, droppedAttributesCount: 2 }

const traces: Draft<TracesRequest> = {
  resourceSpans: [
    {
      resource,
      schemaUrl: 'r',
      scopeSpans: [
        {
          scope,
          schemaUrl: 's',
          spans: [
            {
              traceId,
              spanId,
              parentSpanId: '00f067aa0ba902b7',
              traceState: 'a=b',
              flags: 257,
              name: 'GET',
              kind: 2,
              startTimeUnixNano: time,
              endTimeUnixNano: time + 1n,
              attributes,
              droppedAttributesCount: 4_000_000_000,
              events: [{ timeUnixNano: time, name: 'e', attributes, droppedAttributesCount: 1 }],
              droppedEventsCount: 2,
              links: [{ traceId, spanId, traceState: 'c=d', attributes, flags: 256 }],
              droppedLinksCount: 3,
              status: { code: 2, message: 'no' },
            },
            { traceId, spanId, name: 'b', kind: 1, startTimeUnixNano: 1n, endTimeUnixNano: 2n },
          ],
        },
      ],
    },
  ],
}

const point = { startTimeUnixNano: time, timeUnixNano: time + 1n, attributes }
const exemplars = [
  { timeUnixNano: time, asDouble: 0.5, traceId, spanId, filteredAttributes: attributes },
  { timeUnixNano: time, asInt: -7n },
]
const metrics: Draft<MetricsRequest> = {
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [
        {
          scope,
          metrics: [
            { name: 'g', unit: 's', gauge: { dataPoints: [{ ...point, asDouble: -0.25 }] } },
            {
              name: 's',
              description: 'd',
              sum: {
                dataPoints: [{ ...point, asInt: -3n, exemplars }],
                aggregationTemporality: 2,
                isMonotonic: true,
              },
            },
            {
              name: 'h',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: 3n,
                    sum: 1.5,
                    bucketCounts: [1n, 2n],
                    explicitBounds: [0.5],
                    min: 0.25,
                    max: 1,
                  },
                ],
              },
            },
            {
              name: 'e',
              exponentialHistogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: 301n,
                    sum: 1.5,
                    scale: -3,
                    zeroCount: 1n,
                    positive: { offset: -5, bucketCounts: [300n] },
                    zeroThreshold: 0.125,
                  },
                ],
              },
            },
            {
              name: 'q',
              summary: {
                dataPoints: [
                  { ...point, count: 2n, sum: 3, quantileValues: [{ quantile: 0.5, value: 1 }] },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
}

const logs: Draft<LogsRequest> = {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          scope,
          logRecords: [
            {
              timeUnixNano: time,
              observedTimeUnixNano: time + 1n,
              severityNumber: 17,
              severityText: 'ERROR',
              eventName: 'e',
              body: { stringValue: 'boom' },
              attributes,
              flags: 1,
              traceId,
              spanId,
            },
          ],
        },
      ],
    },
  ],
}

describe('requestToJson', () => {
  it.each([
    ['traces', traces],
    ['metrics', metrics],
    ['logs', logs],
  ] as const)('says in JSON all that the request of %s says', (signal, draft) => {
    const bytes = encodeRequest(signal, draft as never)
    const json = requestToJson(signal, bytes)
    expect(decodeJsonRequest(signal, json)).toEqual(decodeRequest(signal, bytes))
  })

  it('makes one request of two that were put together', () => {
    const bytes = encodeRequest('logs', logs)
    const json = requestToJson('logs', Buffer.concat([bytes, bytes]))
    expect(decodeJsonRequest('logs', json).resourceLogs).toHaveLength(2)
  })

  it('stops at bytes that are no request', () => {
    expect(() => requestToJson('traces', Buffer.from([0x0a, 0x05, 1]))).toThrow(/^at byte 0: /)
  })
})
