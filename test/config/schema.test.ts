import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { components } from '../../src/components.ts'
import { filesOf, textOf } from '../tree/files.ts'
import { waggle } from './validate.ts'

const files = filesOf('{pipelines,test/config/good}/*.yaml')
const options = components.flatMap(({ role, type }) =>
  filesOf(`${role}s/${type}/testdata/{only_defaults,all_options}*.yaml`).map(
    (file) => [file, `${role}s`, type] as const,
  ),
)
let validate: ValidateFunction

beforeAll(async () => {
  const { stdout } = await waggle(['schema'])
  // Unions of types are what the schema is made of; editors know words that ajv does not.
  validate = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strictTypes: false,
    keywords,
  }).compile(JSON.parse(stdout) as object)
}, 60_000)

const keywords = ['deprecationMessage']

/** What an editor would underline: path and rule. */
function faultsIn(config: unknown): string[] {
  validate(config)
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${instancePath}: ${message}${'additionalProperty' in params ? ` "${String(params['additionalProperty'])}"` : ''}`,
  )
}

describe('waggle schema', () => {
  it.each(files)('accepts %s', (file) => {
    expect(faultsIn(parse(textOf(file), { merge: true }))).toEqual([])
  })

  it.each(options)('accepts %s', (file, section, type) => {
    const text = parse(textOf(file)) as Record<string, unknown> | null
    expect(faultsIn(wrapped(text, section, type))).toEqual([])
  })

  it.each([
    ['exporters: { debug: { verbosty: normal } }', '"verbosty"'],
    ['exporters: { debug: { verbosity: loud } }', 'must be equal to one of the allowed values'],
    ['exporters: { debgu: }', '"debgu"'],
    [
      'service: { telemetry: { logs: { level: inof } } }',
      'must be equal to one of the allowed values',
    ],
    ['processors: { batch: { timeout: 10 } }', '/processors/batch/timeout: must be string'],
    ['processors: { batch: { timeout: soon } }', '/processors/batch/timeout: must match pattern'],
    ['processors: { batch: { send_batch_size: -1 } }', 'must be >= 0'],
    ['processors: { batch: { send_batch_size: "512" } }', 'must match pattern'],
    ['exporters: { otlp_grpc: {} }', "must have required property 'endpoint'"],
    ['service: { pipelines: { trace: {} } }', '"trace"'],
    ['service: { pipelines: { traces: { exporters: [debgu/2] } } }', 'must match pattern'],
    ['service: { limits: { cpus: 1 } }', '"cpus"'],
    ['services: {}', '"services"'],
  ])('finds the mistake in %s', (text, fault) => {
    expect(faultsIn(parse(text)).join('\n')).toContain(fault)
  })

  it.each([
    'exporters: { otlp_grpc/backup: { endpoint: "${env:ENDPOINT}", tls: "${file:tls.yaml}" } }',
    'processors: { batch: { timeout: "${TIMEOUT}", send_batch_size: "${env:SIZE:-100}" } }',
    'processors:',
    'processors: { batch: }',
    'exporters: { otlp_grpc: { endpoint: "a:1", timeout: , headers: , sending_queue: } }',
    'exporters: { otlp: { endpoint: "a:1", headers: { tenant: 0123 } } }',
    'exporters: { otlp_grpc: { endpoint: "a:1", tls: { min_version: 1.2 } } }',
    'service: { extensions: "${env:EXTENSIONS}" }',
    'service: { telemetry: { logs: { level: DEBUG }, metrics: { level: Detailed } } }',
    'service: { telemetry: { logs: { level: "${env:LEVEL}" } } }',
  ])('takes what YAML and references bring: %s', (text) => {
    expect(faultsIn(parse(text))).toEqual([])
  })

  it('carries the descriptions that an editor shows', async () => {
    const { stdout } = await waggle(['schema'])
    const { definitions } = JSON.parse(stdout) as {
      definitions: Record<string, { description: string; properties: Record<string, object> }>
    }
    expect(definitions['exporter.debug']).toMatchObject({
      description: 'Prints what a pipeline carries to standard output, for people.',
      properties: {
        verbosity: { description: expect.stringMatching(/^`basic`/), default: 'basic' },
      },
    })
  })
})

/** Options of a testdata file, which stand alone, under their id, or under section and id. */
function wrapped(text: Record<string, unknown> | null, section: string, type: string): object {
  if (text !== null && section in text) return { [section]: text[section] }
  const id = Object.keys(text ?? {}).find((key) => key.split('/')[0] === type)
  return { [section]: id === undefined ? { [type]: text } : text }
}
