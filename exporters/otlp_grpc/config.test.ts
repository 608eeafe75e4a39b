import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { otlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { pingAfterMs } from '../../src/helpers/otlp_grpc/connection.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = otlpGrpcConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of otlp_grpc', () => {
  it("has the Collector's defaults", () => {
    expect(otlpGrpcConfig.parse(load('only_defaults.yaml'))).toMatchObject({
      endpoint: { text: 'gateway:4317' },
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
    const left = Object.keys(otlpGrpcConfig.shape).filter((key) => !(key in config))
    expect(left).toEqual([])
    expect(config.sending_queue.sizer).toBe('bytes')
    expect(config.headers['authorization']?.reveal()).toBe('Bearer token')
    expect(JSON.stringify(config)).not.toContain('Bearer')
  })

  it('is printed as it was written', () => {
    const config = otlpGrpcConfig.parse(load('all_options.yaml'))
    expect(z.encode(otlpGrpcConfig, config)).toMatchObject({
      endpoint: 'https://gateway.example:4317',
      headers: { authorization: '[REDACTED]' },
      timeout: '10s',
    })
  })

  it('pings no more often than Go would, and never when told so', () => {
    expect([1_000, 30_000, 0].map(pingAfterMs)).toEqual([10_000, 30_000, -1])
  })

  it.each([
    [
      'bad_half_mtls.yaml',
      'tls.cert_file: expected a certificate and its key: cert_file and key_file together',
    ],
    ['bad_http_with_ca.yaml', 'endpoint: expected https:// where tls has certificates'],
    [
      'bad_endpoint.yaml',
      'endpoint: expected host:port, such as "localhost:4317", "dns:///gateway:4317" or "unix:///run/otlp.sock"',
    ],
    ['bad_header.yaml', 'headers.x-tenant: expected printable ASCII text on one line'],
    ['bad_versions.yaml', 'tls.max_version: expected at least min_version, which is 1.3'],
    ['bad_key.yaml', ': Unrecognized key: "endpont"'],
  ])('refuses %s', (file, problem) => {
    expect(problemsOf(file)).toEqual([problem])
  })
})
