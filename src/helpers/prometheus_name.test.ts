import { describe, expect, it } from 'vitest'
import { metricName, type NamingOptions, type PrometheusType } from './prometheus_name.ts'

type Kind = PrometheusType | 'up_down_counter'

/** A gauge of Prometheus may be a sum that falls, which is never a ratio. */
function nameOf(name: string, unit: string, kind: Kind, given: Partial<NamingOptions> = {}) {
  const type = kind === 'up_down_counter' ? 'gauge' : kind
  const isGauge = kind === 'gauge'
  return metricName({ name, unit, type, isGauge }, { namespace: '', suffixes: true, ...given })
}

describe("a metric's name", () => {
  it.each<[string, string, Kind, string]>([
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
    ['http.server.request.body.size', 'By', 'histogram', 'http_server_request_body_size_bytes'],
    ['http.server.active_requests', '{request}', 'up_down_counter', 'http_server_active_requests'],
    ['obi.stat.tcp.io', 'By', 'counter', 'obi_stat_tcp_io_bytes_total'],
    ['obi.network.flow.bytes', '{bytes}', 'counter', 'obi_network_flow_bytes_total'],
    ['traces.span.metrics.calls', '', 'counter', 'traces_span_metrics_calls_total'],
    [
      'traces.span.metrics.duration',
      'ms',
      'histogram',
      'traces_span_metrics_duration_milliseconds',
    ],
    ['requests_total', '', 'counter', 'requests_total'],
    ['total.requests', '', 'counter', 'requests_total'],
    ['process_cpu_seconds', 's', 'counter', 'process_cpu_seconds_total'],
    ['cpu.seconds.used', 's', 'gauge', 'cpu_seconds_used'],
    ['cpu.utilization', '1', 'gauge', 'cpu_utilization_ratio'],
    ['cpu_ratio_now', '1', 'gauge', 'cpu_now_ratio'],
    ['items', '1', 'counter', 'items_total'],
    ['items', '1', 'up_down_counter', 'items'],
    ['rate', '1/s', 'gauge', 'rate_per_second'],
    ['io', 'By/s', 'gauge', 'io_bytes_per_second'],
    ['io', 'By/{file}', 'gauge', 'io_bytes'],
    ['speed', 'm/s', 'gauge', 'speed_meters_per_second'],
    ['speed', 'km/fortnight', 'gauge', 'speed_km_per_fortnight'],
    ['size', 'KiBy', 'gauge', 'size_kibibytes'],
    ['share', '%', 'gauge', 'share_percent'],
    ['custom', 'unit@with#special/chars', 'gauge', 'custom_unit_with_special_per_chars'],
    ['a__b..c', '_x_', 'gauge', 'a_b_c_x'],
    ['job:requests:rate5m', '', 'gauge', 'job:requests:rate5m'],
    ['2xx.responses', '', 'counter', '_2xx_responses_total'],
    ['größe', '', 'gauge', 'gr_e'],
    ['@#$%', 's', 'counter', ''],
    ['', '', 'gauge', ''],
  ])('of "%s" in "%s" as %s is "%s"', (name, unit, kind, expected) => {
    expect(nameOf(name, unit, kind)).toBe(expected)
  })

  it.each<[string, string, Kind, string]>([
    ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration'],
    ['requests', '', 'counter', 'requests'],
    ['cpu.utilization', '1', 'gauge', 'cpu_utilization'],
  ])('of "%s" has no suffix where none are wanted', (name, unit, kind, expected) => {
    expect(nameOf(name, unit, kind, { suffixes: false })).toBe(expected)
  })

  it.each([
    ['shop', 'shop_requests_total'],
    ['my-shop.eu', 'my_shop_eu_requests_total'],
    ['7up', '_7up_requests_total'],
  ])('stands behind the namespace "%s"', (namespace, expected) => {
    expect(nameOf('requests', '', 'counter', { namespace })).toBe(expected)
    expect(nameOf('@', '', 'counter', { namespace })).toBe('')
  })
})
