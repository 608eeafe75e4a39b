import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { otlpGrpcConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = otlpGrpcConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of otlp_grpc', () => {
  it("has the Collector's defaults", () => {
    expect(otlpGrpcConfig.parse(load('only_defaults.yaml'))).toMatchObject({
      endpoint: { host: 'gateway', port: 4317 },
      tls: { insecure: false, insecure_skip_verify: false, min_version: '1.2' },
      headers: {},
      compression: 'gzip',
      timeout: 5_000,
      max_send_msg_size_mib: 4,
      sending_queue: { enabled: true, num_consumers: 10, queue_size: 1000 },
      retry_on_failure: { enabled: true, initial_interval: 5_000 },
      keepalive: { time: 10_000, timeout: 10_000, permit_without_stream: false },
      balancer_name: 'round_robin',
    })
  })

  it('takes every option', () => {
    const config = otlpGrpcConfig.parse(load('all_options.yaml'))
    expect(config.sending_queue.sizer).toBe('bytes')
    expect(config.headers['authorization']?.reveal()).toBe('Bearer token')
    expect(JSON.stringify(config)).not.toContain('Bearer')
  })

  it.each([
    ['bad_half_mtls.yaml', 'tls.cert_file: expected cert_file and key_file together'],
    ['bad_http_with_ca.yaml', 'endpoint: expected https:// where tls has ca_file or cert_file'],
    ['bad_endpoint.yaml', 'endpoint: expected host:port, such as "localhost:4317"'],
  ])('refuses %s', (file, problem) => {
    expect(problemsOf(file)).toEqual([problem])
  })
})
