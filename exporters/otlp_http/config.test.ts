import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { otlpHttpConfig } from './config.ts'
import { urlFor } from './transport.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = otlpHttpConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of otlp_http', () => {
  it("has the Collector's defaults", () => {
    expect(otlpHttpConfig.parse(load('only_defaults.yaml'))).toMatchObject({
      endpoint: new URL('https://gateway:4318'),
      encoding: 'proto',
      tls: { insecure: false, min_version: '1.2' },
      headers: {},
      compression: 'gzip',
      timeout: 30_000,
      sending_queue: { enabled: true, num_consumers: 10, queue_size: 1000 },
      retry_on_failure: { enabled: true, initial_interval: 5_000 },
      max_idle_conns: 100,
      max_idle_conns_per_host: 0,
      max_conns_per_host: 0,
      idle_conn_timeout: 90_000,
      disable_keep_alives: false,
    })
  })

  it('takes every option', () => {
    const config = otlpHttpConfig.parse(load('all_options.yaml'))
    const left = Object.keys(otlpHttpConfig.shape).filter((key) => !(key in config))
    expect(left).toEqual([])
    expect(JSON.stringify(config)).not.toContain('Bearer')
  })

  it('is printed as it was written', () => {
    const config = otlpHttpConfig.parse(load('all_options.yaml'))
    expect(z.encode(otlpHttpConfig, config)).toMatchObject({
      endpoint: 'https://gateway.example:4318/otlp',
      headers: { authorization: '[REDACTED]' },
      timeout: '10s',
    })
  })

  it('shows no password of a URL', () => {
    const config = otlpHttpConfig.parse({ endpoint: 'https://me:sesame@gateway:4318/x' })
    expect(config.endpoint?.password).toBe('sesame')
    const shown = z.encode(otlpHttpConfig.shape.endpoint, config.endpoint)
    expect(shown).toBe('https://me:REDACTED@gateway:4318/x')
  })

  it.each([
    [{ endpoint: 'http://gateway:4318' }, 'http://gateway:4318/v1/traces'],
    [{ endpoint: 'http://gateway:4318/' }, 'http://gateway:4318/v1/traces'],
    [{ endpoint: 'http://gateway/a/b/?k=v' }, 'http://gateway/a/b/v1/traces?k=v'],
    [
      { endpoint: 'http://gateway', traces_endpoint: 'http://other/traces/' },
      'http://other/traces/',
    ],
    [{ logs_endpoint: 'http://gateway/logs' }, undefined],
  ])('sends traces of %j to %s', (given, url) => {
    expect(urlFor(otlpHttpConfig.parse(given), 'traces')?.href).toBe(url)
  })

  it.each([
    [
      'bad_no_endpoint.yaml',
      'endpoint: expected a URL here or in one of the endpoints of the signals',
    ],
    ['bad_endpoint.yaml', 'endpoint: expected a URL, such as "https://gateway.example:4318"'],
    ['bad_level.yaml', 'compression_params.level: expected a level of zstd, from 1 to 19'],
    ['bad_proxy.yaml', 'proxy_url: expected a URL, such as "https://gateway.example:4318"'],
    ['bad_key.yaml', ': Unrecognized key: "traces_endpont"'],
  ])('refuses %s', (file, problem) => {
    expect(problemsOf(file)).toEqual([problem])
  })
})
