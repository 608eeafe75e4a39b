import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { composeConfig, parseConfig } from './config.ts'
import { printConfig } from './print.ts'
import { printRawConfig } from './print_raw.ts'
import { registry } from './testdata/registry.ts'

const text = readFileSync(new URL('testdata/good/many_parts.yaml', import.meta.url), 'utf8')
const expected = readFileSync(
  new URL('testdata/good/many_parts.printed.txt', import.meta.url),
  'utf8',
)

function parse(source: string) {
  const env = { SIZE: '512', TOKEN: 'hunter2' }
  return parseConfig([{ name: 'a.yaml', text: source }], registry, { env }).config!
}

// Its defaults have tests of their own, and are many.
function withoutTelemetry(printed: string): string {
  return printed.replace(/^  telemetry:\n(?:    .*\n)+/m, '')
}

it('prints the configuration in force, with defaults and without secrets', () => {
  const printed = printConfig(parse(text))
  expect(withoutTelemetry(printed)).toBe(expected)
  expect(printed).toContain('  telemetry:\n    logs:\n      level: debug\n')
})

it('prints what it can read again', () => {
  const printed = printConfig(parse(text))
  expect(printConfig(parse(printed))).toBe(printed)
})

it('writes dollars so that they are not expanded', () => {
  const source = text.replace('0123', () => 'a$$${SIZE} $$$$ $x')
  const printed = printConfig(parse(source))
  expect(parse(source).exporters.get('otlp_grpc/backup')?.config).toMatchObject({
    tenant: 'a$512 $$ $x',
  })
  expect(parse(printed).exporters.get('otlp_grpc/backup')?.config).toMatchObject({
    tenant: 'a$512 $$ $x',
  })
})

it('prints JSON too', () => {
  const json = JSON.parse(printConfig(parse(text), { format: 'json' }))
  expect(json.exporters['otlp_grpc/backup'].headers).toEqual({ authorization: '[REDACTED]' })
})

it('shows secrets when it is asked to', () => {
  const printed = printConfig(parse(text), { mode: 'unredacted' })
  expect(withoutTelemetry(printed)).toBe(expected.replaceAll('"[REDACTED]"', 'Bearer hunter2'))
})

it('knows the secrets of its own telemetry, too', () => {
  const readers = `[{ periodic: { exporter: { otlp: { endpoint: "a:1", headers: { token: hunter2 } } } } }]`
  const own = text.replace('{ level: debug }', `{ level: debug }, metrics: { readers: ${readers} }`)
  expect(printConfig(parse(own))).not.toContain('hunter2')
  expect(printConfig(parse(own), { mode: 'unredacted' })).toContain('token: hunter2')
})

describe('a configuration that need not be right', () => {
  const wrong = `exporters:
  otlp_grpc: { endpoint: 'a:1', headers: { authorization: '\${env:TOKEN}' } }
  otlp_grpc/bad: { endpoint: 1, token: '\${env:TOKEN}', retries: 3, on: true, nothing: }
  nope: [x]
service:
  extensions: [gone]
  telemetry: { logs: { level: debug, password: '\${env:TOKEN}' } }
`

  function raw(mode: 'redacted' | 'unredacted'): { exporters: Record<string, object> } {
    const { node } = composeConfig([{ name: 'a.yaml', text: wrong }], { env: { TOKEN: 'hunter2' } })
    return JSON.parse(printRawConfig(node!, registry, { format: 'json', mode })) as ReturnType<
      typeof raw
    >
  }

  it('is printed with what can be read, and without the texts of what cannot', () => {
    expect(raw('redacted')).toMatchObject({
      exporters: {
        otlp_grpc: {
          endpoint: 'a:1',
          compression: 'gzip',
          headers: { authorization: '[REDACTED]' },
        },
        'otlp_grpc/bad': {
          endpoint: '[REDACTED]',
          token: '[REDACTED]',
          retries: '[REDACTED]',
          on: true,
          nothing: null,
        },
        nope: ['[REDACTED]'],
      },
      service: {
        extensions: ['gone'],
        telemetry: { logs: { level: '[REDACTED]', password: '[REDACTED]' } },
      },
    })
    expect(JSON.stringify(raw('redacted'))).not.toContain('hunter2')
  })

  it('is printed as it is when secrets may be shown', () => {
    expect(raw('unredacted').exporters).toMatchObject({
      otlp_grpc: { headers: { authorization: 'hunter2' } },
      'otlp_grpc/bad': { endpoint: 1, token: 'hunter2', retries: 3, on: true },
      nope: ['x'],
    })
  })
})
