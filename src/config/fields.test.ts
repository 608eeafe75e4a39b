import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { duration, formatDuration, parseDuration } from './duration.ts'
import { endpoint, formatEndpoint, listenEndpoint, parseEndpoint } from './endpoint.ts'
import { Secret, headers, secret } from './secret.ts'

function messages(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ message }) => message) ?? []
}

describe('a duration', () => {
  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['200ms', 200],
    ['0s', 0],
    ['0', 0],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['100us', 0.1],
    ['100µs', 0.1],
    ['500ns', 0.0005],
    ['1h0m5s', 3_605_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9)
  })

  it.each(['', '10', 's', '10 s', '-1s', '+1s', '1d', '1s2', '1,5s', '.s', '1e3s', '10S'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  it.each([
    [0, '0s'],
    [200, '200ms'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
    [1500, '1500ms'],
    [0.0005, '500ns'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('is held within bounds', () => {
    expect(messages(duration({ min: '1s', max: '1m' }), '2m')).toEqual([
      'expected a duration from 1s to 1m',
    ])
    expect(messages(duration({ min: '1ms' }), '0')).toEqual(['expected a duration of at least 1ms'])
    expect(duration({ max: '1m' }).parse('60s')).toBe(60_000)
  })

  it('can be given a default with its unit', () => {
    expect(z.strictObject({ wait: duration().prefault('10s') }).parse({})).toEqual({ wait: 10_000 })
  })
})

describe('an endpoint', () => {
  it.each([
    ['localhost:4317', { host: 'localhost', port: 4317 }],
    ['[::1]:4317', { host: '::1', port: 4317 }],
    ['[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['https://a.example:443/', { scheme: 'https', host: 'a.example', port: 443 }],
    ['HTTP://10.0.0.1:80', { scheme: 'http', host: '10.0.0.1', port: 80 }],
  ])('%s is taken apart', (text, parsed) => {
    expect(endpoint().parse(text)).toEqual(parsed)
  })

  it.each([
    'localhost',
    ':4317',
    '::1:4317',
    'a:0',
    'a:65536',
    'a:b',
    'ftp://a:1',
    'http://a:1/path',
    'a b:1',
    '[x]:1',
    '',
  ])('%j is refused', (text) => {
    expect(messages(endpoint(), text)).toEqual(['expected host:port, such as "localhost:4317"'])
  })

  it('may leave the port to a default', () => {
    expect(endpoint({ defaultPort: 4317 }).parse('https://a')).toEqual({
      scheme: 'https',
      host: 'a',
      port: 4317,
    })
  })

  it('to listen on may leave out the host, and has no scheme', () => {
    expect(listenEndpoint().parse(':4317')).toEqual({ host: '', port: 4317 })
    expect(listenEndpoint().parse('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 })
    expect(messages(listenEndpoint(), 'http://a:1')).toEqual([
      'expected host:port to listen on, such as "127.0.0.1:4317"',
    ])
  })

  it.each(['localhost:4317', '[::1]:4317', 'https://a:443'])(
    '%s is written as it was read',
    (text) => {
      expect(formatEndpoint(parseEndpoint(text)!)).toBe(text)
    },
  )
})

describe('a secret', () => {
  const value = secret().parse('hunter2')

  it('is shown by nothing but reveal', () => {
    expect(value).toBeInstanceOf(Secret)
    expect(String(value)).toBe('[REDACTED]')
    expect(JSON.stringify({ value })).toBe('{"value":"[REDACTED]"}')
    expect(inspect({ value })).toBe('{ value: [REDACTED] }')
    expect(z.encode(secret(), value)).toBe('[REDACTED]')
    expect(value.reveal()).toBe('hunter2')
  })

  it('is every value of headers', () => {
    expect(headers().parse({ authorization: 'Bearer x' })['authorization']?.reveal()).toBe(
      'Bearer x',
    )
  })
})
