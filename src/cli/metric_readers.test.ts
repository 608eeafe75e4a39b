import { expect, it } from 'vitest'
import { telemetryConfig } from '../config/index.ts'
import { metricReaders, type PageReader, type PushReader } from './metric_readers.ts'

function readersOf(metrics: object): (PageReader | PushReader)[] {
  return metricReaders(telemetryConfig.parse({ metrics }).metrics, '1.2.3')
}

function pageOf(prometheus: object): PageReader {
  const [page] = readersOf({ readers: [{ pull: { exporter: { prometheus } } }] })
  return page as PageReader
}

it('is the page of the Collector where nothing is configured, and may be taken', () => {
  const endpoint = { host: '127.0.0.1', port: 8888 }
  expect(readersOf({})).toEqual([{ kind: 'page', endpoint, style: {}, key: undefined }])
})

it('is a page at the endpoint, or at the older address', () => {
  const endpoint = { host: '', port: 1 }
  expect([...readersOf({ endpoint: ':1' }), ...readersOf({ address: ':1' })]).toEqual([
    { kind: 'page', endpoint, style: {}, key: 'service.telemetry.metrics.endpoint' },
    { kind: 'page', endpoint, style: {}, key: 'service.telemetry.metrics.address' },
  ])
})

it('has pages and sends, in the order in which they are named', () => {
  const [page, push, newer] = readersOf({
    readers: [
      { pull: { exporter: { 'prometheus/development': { host: '', port: 7 } } } },
      { periodic: { interval: 10_000, exporter: { otlp: { protocol: 'grpc' } } } },
      { periodic: { timeout: '3s', exporter: { otlp_http: { endpoint: 'a:1' } } } },
    ],
  })
  const key = (i: number) => `service.telemetry.metrics.readers[${i}]`
  expect(page).toMatchObject({ kind: 'page', endpoint: { host: '', port: 7 }, key: key(0) })
  expect(push).toMatchObject({
    kind: 'push',
    protocol: 'grpc',
    intervalMs: 10_000,
    timeoutMs: 30_000,
    key: key(1),
  })
  expect(newer).toMatchObject({
    kind: 'push',
    protocol: 'http/protobuf',
    target: { endpoint: 'a:1', compression: 'none', timeout: 10_000 },
    intervalMs: 60_000,
    timeoutMs: 3_000,
    key: key(2),
  })
})

it('sends by gRPC to what is called so', () => {
  const [push] = readersOf({ readers: [{ periodic: { exporter: { otlp_grpc: {} } } }] })
  expect(push).toMatchObject({ protocol: 'grpc' })
})

it('adds nothing to names unless it is asked to', () => {
  expect(pageOf({}).style).toMatchObject({ typeSuffix: false, unitSuffix: false })
  expect(pageOf({ without_units: false, without_type_suffix: false }).style).toMatchObject({
    typeSuffix: true,
    unitSuffix: true,
  })
  const strategy = (name: string) => pageOf({ translation_strategy: name }).style
  expect(strategy('underscore_escaping_with_suffixes')).toMatchObject({
    typeSuffix: true,
    unitSuffix: true,
  })
  expect(strategy('underscore_escaping_without_suffixes/development').typeSuffix).toBe(false)
  expect(pageOf({}).style.labels).toBeUndefined()
  expect(pageOf({ without_scope_info: false }).style.labels).toEqual({
    otel_scope_name: 'waggle',
    otel_scope_version: '1.2.3',
  })
})

it('has the attributes of the resource that are wanted', () => {
  const kept = (labels?: object): string[] => {
    const { keepsResource } = pageOf({ with_resource_constant_labels: labels }).style
    return ['service.name', 'service.version', 'rack'].filter((name) => keepsResource?.(name))
  }
  expect(kept()).toEqual(['service.name', 'service.version', 'rack'])
  expect(kept({ included: ['service.*'] })).toEqual(['service.name', 'service.version'])
  expect(kept({ excluded: ['service.*'] })).toEqual(['rack'])
  expect(kept({ included: ['service.*'], excluded: ['*version'] })).toEqual(['service.name'])
})
