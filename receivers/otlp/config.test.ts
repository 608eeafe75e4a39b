import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { otlpConfig } from './config.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problems(protocols: object): string[] {
  const issues = otlpConfig.safeParse({ protocols }).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`)
}

describe('the configuration of otlp', () => {
  it("has the Collector's defaults, but for larger messages", () => {
    const { protocols } = otlpConfig.parse({ protocols: { grpc: {}, http: {} } })
    expect(protocols.grpc).toEqual({
      endpoint: { host: 'localhost', port: 4317 },
      transport: 'tcp',
      max_recv_msg_size_mib: 64,
      max_concurrent_streams: 256,
      keepalive: {
        server_parameters: {
          max_connection_idle: 0,
          max_connection_age: 0,
          max_connection_age_grace: 0,
          time: 7_200_000,
          timeout: 20_000,
        },
      },
      read_buffer_size: 524_288,
      write_buffer_size: 0,
      include_metadata: false,
    })
    expect(protocols.http).toEqual({
      endpoint: { host: 'localhost', port: 4318 },
      transport: 'tcp',
      traces_url_path: '/v1/traces',
      metrics_url_path: '/v1/metrics',
      logs_url_path: '/v1/logs',
      max_request_body_size: 20 * 1024 * 1024,
      compression_algorithms: ['', 'gzip', 'zstd', 'zlib', 'deflate'],
      response_headers: {},
      read_timeout: 300_000,
      read_header_timeout: 60_000,
      write_timeout: 0,
      idle_timeout: 0,
      keep_alives_enabled: true,
      include_metadata: false,
    })
  })

  it('takes every option', () => {
    const { protocols, max_pending_mib } = otlpConfig.parse(load('all_options.yaml'))
    expect(max_pending_mib).toBe(256)
    expect(protocols.http).toMatchObject({ logs_url_path: '/log/ingest' })
    expect(protocols.grpc?.tls).toMatchObject({ reload_interval: 3_600_000 })
  })

  it.each([
    [{}, ': expected at least one protocol: grpc, http'],
    [
      { grpc: { transport: 'unix' } },
      'grpc.endpoint: expected the path of a socket, for transport unix',
    ],
    [{ http: { endpoint: '/run/x' } }, 'http.endpoint: expected host:port, for transport tcp'],
    [
      { http: { endpoint: 'http://0.0.0.0:4318' } },
      'http.endpoint: expected host:port to listen on, such as "127.0.0.1:4317"',
    ],
    [
      { grpc: { tls: { cert_file: 'x' } } },
      'grpc.tls.key_file: expected a certificate and its key: cert_file and key_file',
    ],
    [
      { grpc: { tls: { cert_file: 'x', cert_pem: 'x', key_file: 'x' } } },
      'grpc.tls.cert_pem: expected either cert_file or cert_pem',
    ],
    [
      {
        grpc: { tls: { cert_file: 'x', key_file: 'x', min_version: '1.3', max_version: '1.2' } },
      },
      'grpc.tls.max_version: expected at least min_version, which is 1.3',
    ],
  ])('refuses %j', (protocols, problem) => {
    expect(problems(protocols)).toEqual([problem])
  })

  it('takes 0 for the limits as the Collector does: the default', () => {
    const grpc = { max_recv_msg_size_mib: 0 }
    const http = { max_request_body_size: 0 }
    const { protocols } = otlpConfig.parse({ protocols: { grpc, http } })
    expect(protocols.grpc?.max_recv_msg_size_mib).toBe(64)
    expect(protocols.http?.max_request_body_size).toBe(20 * 1024 * 1024)
  })
})
