import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { printConfig } from './print.ts'
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

it('prints the configuration in force, with defaults and without secrets', () => {
  expect(printConfig(parse(text))).toBe(expected)
})

it('prints what it can read again', () => {
  expect(printConfig(parse(printConfig(parse(text))))).toBe(expected)
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
