import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { prometheusConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = prometheusConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of prometheus', () => {
  it("has the Collector's defaults, and listens on this machine only", () => {
    expect(prometheusConfig.parse(load('only_defaults.yaml'))).toEqual({
      endpoint: { host: '127.0.0.1', port: 9464 },
      namespace: '',
      const_labels: {},
      send_timestamps: false,
      metric_expiration: 300_000,
      resource_to_telemetry_conversion: { enabled: false },
      enable_open_metrics: false,
      add_metric_suffixes: true,
    })
  })

  it('takes every option', () => {
    expect(prometheusConfig.parse(load('all_options.yaml'))).toEqual({
      endpoint: { host: '0.0.0.0', port: 8889 },
      namespace: 'node',
      const_labels: { cluster: 'eu-1', 'another label': 'spaced value' },
      send_timestamps: true,
      tls: {
        cert_file: '/etc/waggle/server.crt',
        key_file: '/etc/waggle/server.key',
        reload_interval: 3_600_000,
        client_ca_file_reload: false,
        include_system_ca_certs_pool: false,
        min_version: '1.2',
        max_version: '1.3',
        cipher_suites: [],
        curve_preferences: [],
      },
      metric_expiration: 10_800_000,
      resource_to_telemetry_conversion: { enabled: true },
      enable_open_metrics: true,
      add_metric_suffixes: false,
    })
  })

  it.each([
    ['bad_endpoint.yaml', 'endpoint: expected host:port to listen on, such as "127.0.0.1:4317"'],
    [
      'bad_metric_expiration.yaml',
      'metric_expiration: expected a duration with a unit, such as "10s" or "200ms"',
    ],
    ['bad_key.yaml', ': Unrecognized key: "metrics_path"'],
  ])('refuses %s', (file, problem) => {
    expect(problemsOf(file)).toEqual([problem])
  })
})
