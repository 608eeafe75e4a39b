import type { Signal } from '../pdata/otlp_request.ts'

/** How one signal of OTLP is sent. */
export interface OtlpService {
  /** The method of OTLP/gRPC. */
  readonly grpcPath: string
  /** What OTLP/HTTP appends to the endpoint. */
  readonly httpPath: string
  /** What one item is called, in the plural. */
  readonly items: string
}

/** The services of OTLP (https://opentelemetry.io/docs/specs/otlp/). */
export const OTLP_SERVICES: Readonly<Record<Signal, OtlpService>> = {
  traces: {
    grpcPath: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    httpPath: 'v1/traces',
    items: 'spans',
  },
  metrics: {
    grpcPath: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    httpPath: 'v1/metrics',
    items: 'data points',
  },
  logs: {
    grpcPath: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    httpPath: 'v1/logs',
    items: 'log records',
  },
}

/** The signals of OTLP. */
export const OTLP_SIGNALS = ['traces', 'metrics', 'logs'] as const
