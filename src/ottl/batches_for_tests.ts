import { Delivery } from '../pdata/delivery.ts'
import type { Logs } from '../pdata/logs.ts'
import type { Metrics } from '../pdata/metrics.ts'
import type { OtlpBatch } from '../pdata/merge_batches.ts'
import { readRequest, requestFromJson } from '../pdata/otlp_request.ts'
import type { Traces } from '../pdata/traces.ts'

/** A plain value as OTLP's JSON has it; 5 is an int and 0.5 a double. */
export function any(value: unknown): object {
  if (value === null) return {}
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(any) } }
  return { kvlistValue: { values: attributes(value as Record<string, unknown>) } }
}

/** Attributes as OTLP's JSON has them. */
export function attributes(values: Record<string, unknown>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: any(value) }))
}

const scope = { name: 'lib', version: '1.2' }

/** A received batch of spans by service. */
export function traces(services: Record<string, object[]>, delivery = new Delivery()): Traces {
  const resourceSpans = Object.entries(services).map(([name, spans]) => ({
    resource: { attributes: attributes({ 'service.name': name }) },
    scopeSpans: [{ scope, spans }],
  }))
  return received('traces', { resourceSpans }, delivery)
}

/** A received batch of log records by service. */
export function logs(services: Record<string, object[]>, delivery = new Delivery()): Logs {
  const resourceLogs = Object.entries(services).map(([name, logRecords]) => ({
    resource: { attributes: attributes({ 'service.name': name }) },
    scopeLogs: [{ scope, logRecords }],
  }))
  return received('logs', { resourceLogs }, delivery)
}

/** A received batch of metrics by service. */
export function metrics(services: Record<string, object[]>, delivery = new Delivery()): Metrics {
  const resourceMetrics = Object.entries(services).map(([name, list]) => ({
    resource: { attributes: attributes({ 'service.name': name }) },
    scopeMetrics: [{ scope, metrics: list }],
  }))
  return received('metrics', { resourceMetrics }, delivery)
}

function received<K extends OtlpBatch['kind']>(
  kind: K,
  json: object,
  delivery: Delivery,
): Extract<OtlpBatch, { kind: K }> {
  const body = requestFromJson(kind, Buffer.from(JSON.stringify(json)))
  return readRequest(kind, body, delivery) as Extract<OtlpBatch, { kind: K }>
}
