import { describe, expect, it } from 'vitest'
import { Delivery } from '../pdata/delivery.ts'
import { HttpObservations } from '../pdata/http_observations.ts'
import { HTTP_EXCHANGE } from '../pdata/http_record.ts'
import { WallClock } from '../pdata/wall_clock.ts'
import { HttpChores } from './selection_http.ts'

const all = { kubelet_probes: true, telemetry_exports: true, metrics_scrapes: true }

/**
 * What an exchange with that head is, between two others. Behind the head its memory still has
 * what was there before.
 */
function choreOf(head: string, options = all, before = ''): string {
  const heads = ['GET /kube-probe/ HTTP/1.1\r\nAccept: ', head, 'User-Agent: kube-probe/1\r\n']
  const length = HTTP_EXCHANGE.head + 512
  const bytes = Buffer.alloc(length * heads.length)
  for (const [i, text] of heads.entries()) {
    bytes.write(text + before, i * length + HTTP_EXCHANGE.head, 'latin1')
    bytes.writeUInt16LE(Math.min(text.length, 512), i * length + HTTP_EXCHANGE.head_length)
  }
  const index = Uint32Array.from(heads.flatMap((_, i) => [i * length, length]))
  const clock = new WallClock()
  const records = new HttpObservations(bytes, index, heads.length, clock, new Delivery())
  return new HttpChores(options).choreOf(records, 1)
}

/** A request with these header lines. */
const request = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: shop:8080', ...headers, '', ''].join('\r\n')

describe('a probe of the kubelet', () => {
  it.each([
    'User-Agent: kube-probe/1.29',
    'user-agent:kube-probe/1.29+',
    'USER-AGENT: \t kube-probe/',
  ])('has %j', (header) => {
    expect(choreOf(request('GET /healthz', 'Connection: close', header))).toBe('kubelet_probe')
    expect(choreOf(request('GET /', header, 'Accept: */*'))).toBe('kubelet_probe')
  })

  it.each([
    request('GET /kube-probe/1', 'User-Agent: curl/8'),
    request('GET /?User-Agent: kube-probe/1.29'),
    request('GET /openmetrics-text'),
    request('GET /', 'Referer: kube-probe/1.29'),
    request('GET /', 'X-User-Agent: kube-probe/1.29'),
    request('GET /', 'User-Agent: not a kube-probe/1.29'),
    request('GET /', 'User-Agent: Kube-Probe/1.29'),
    request('POST /', 'User-Agent: kube-probe/1.29'),
    'GET / HTTP/1.1\r\nUser-Agent: kube-prob',
    '',
    'GET',
  ])('is not %j', (head) => expect(choreOf(head)).toBe(''))

  it('is found behind what only looks like it', () => {
    const head = request('GET /kube-probe/', 'X: Prometheus/', 'User-Agent: kube-probe/1.29')
    expect(choreOf(head)).toBe('kubelet_probe')
  })
})

describe('an export over OTLP/HTTP', () => {
  it.each([
    request('POST /v1/traces', 'Content-Type: application/x-protobuf'),
    request('POST /v1/metrics', 'content-type:application/json; charset=utf-8'),
    request('POST /otlp/v1/logs?tenant=a', 'Content-Type: application/x-protobuf'),
    request('POST /v1development/profiles', 'Content-Type: application/x-protobuf'),
    request('POST http://collector:4318/v1/traces', 'Content-Type: application/x-protobuf'),
    request('POST /v1/traces'),
    'POST /v1/traces HTTP/1.1\r\nHost: x\r\nConte',
  ])('is %j', (head) => expect(choreOf(head)).toBe('telemetry_export'))

  it.each([
    request('GET /v1/traces'),
    request('POST /v1/traces/7'),
    request('POST /v1/tracesx'),
    request('POST /orders?next=/v1/traces'),
    request('POST /v1/logs', 'Content-Type: text/plain'),
    request('PUT /v1/logs', 'Content-Type: application/json'),
    'POST /v1/trace',
    'POST ',
  ])('is not %j', (head) => expect(choreOf(head)).toBe(''))
})

describe('a scrape of metrics', () => {
  it.each([
    request('GET /metrics', 'User-Agent: Prometheus/2.53.0'),
    request('GET /actuator/prometheus', 'user-agent: Prometheus/3'),
    request(
      'GET /metrics',
      'User-Agent: Alloy/1.0',
      'Accept: text/plain;q=0.5, application/openmetrics-text;version=1.0.0',
    ),
  ])('is %j', (head) => expect(choreOf(head)).toBe('metrics_scrape'))

  it.each([
    request('GET /metrics', 'User-Agent: curl/8', 'Accept: */*'),
    request('GET /metrics', 'User-Agent: my Prometheus/1'),
    request('GET /docs', 'X: application/openmetrics-text'),
    request('GET /docs', 'Accept: Prometheus/2'),
    request('POST /metrics', 'User-Agent: Prometheus/2.53.0'),
  ])('is not %j', (head) => expect(choreOf(head)).toBe(''))
})

it('reads no further than the head', () => {
  const cut = (text: string, at: string): string =>
    choreOf(text.slice(0, text.indexOf(at)), all, text.slice(text.indexOf(at)))
  const typed = request('POST /v1/logs', 'Content-Type: text/plain')
  expect(cut(typed, 'Type')).toBe('telemetry_export')
  expect(cut(request('GET /', 'User-Agent: kube-probe/1'), 'probe')).toBe('')
  expect(cut(request('POST /v1/logs'), 's HTTP')).toBe('')
})

it('tells apart only what it is asked for', () => {
  const heads = [
    request('GET /', 'User-Agent: kube-probe/1'),
    request('POST /v1/traces'),
    request('GET /', 'User-Agent: Prometheus/2'),
  ]
  const found = (options: typeof all): string[] => heads.map((head) => choreOf(head, options))
  expect(found({ ...all, kubelet_probes: false })).toEqual([
    '',
    'telemetry_export',
    'metrics_scrape',
  ])
  expect(found({ ...all, telemetry_exports: false })).toEqual([
    'kubelet_probe',
    '',
    'metrics_scrape',
  ])
  expect(found({ ...all, metrics_scrapes: false })).toEqual([
    'kubelet_probe',
    'telemetry_export',
    '',
  ])
  const none = { kubelet_probes: false, telemetry_exports: false, metrics_scrapes: false }
  expect(found(none)).toEqual(['', '', ''])
})
