import { encodeRequest, type Signal } from './otlp.ts'

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
const time = 1_790_000_000_000_000_000n

/** A request of each signal with one item, long enough to be worth compressing. */
export const oneItem: Readonly<Record<Signal, Buffer>> = {
  traces: encodeRequest('traces', {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: [
              {
                traceId: '0af7651916cd43dd8448eb211c80319c',
                spanId: 'b7ad6b7169203331',
                name: 'GET'.repeat(100),
                kind: 2,
                startTimeUnixNano: time,
                endTimeUnixNano: time + 1n,
              },
            ],
          },
        ],
      },
    ],
  }),
  metrics: encodeRequest('metrics', {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            metrics: [
              { name: 'users', gauge: { dataPoints: [{ timeUnixNano: time, asInt: 7n }] } },
            ],
          },
        ],
      },
    ],
  }),
  logs: encodeRequest('logs', {
    resourceLogs: [
      {
        resource,
        scopeLogs: [{ logRecords: [{ timeUnixNano: time, body: { stringValue: 'hello' } }] }],
      },
    ],
  }),
}
