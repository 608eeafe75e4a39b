import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { composeConfig, parseConfig } from './config.ts'
import type { ParseOptions } from './config.ts'
import type { Config } from './model.ts'
import { toPlain } from './node.ts'
import { formatProblem } from './problems.ts'
import { registry } from './testdata/registry.ts'

const manyParts = readFileSync(new URL('testdata/good/many_parts.yaml', import.meta.url), 'utf8')
const allDefaults = readFileSync(
  new URL('testdata/good/all_defaults.yaml', import.meta.url),
  'utf8',
)
const env = { SIZE: '512', TOKEN: 'secret' }

function parse(texts: string | string[], options: ParseOptions = { env }) {
  const sources = [texts].flat().map((text, i) => ({ name: `${'abc'[i]}.yaml`, text }))
  const { config, problems } = parseConfig(sources, registry, options)
  return { config, lines: problems.map(formatProblem) }
}

function good(texts: string | string[], options?: ParseOptions): Config {
  const { config, lines } = parse(texts, options)
  if (!config) throw new Error(lines.join('\n'))
  return config
}

describe('parseConfig', () => {
  it('parses components with their defaults', () => {
    const { receivers, processors, exporters } = good(manyParts)
    expect(receivers.get('otlp')).toMatchObject({ kind: 'receiver', type: 'otlp', name: '' })
    expect(processors.get('batch/large')?.config).toEqual({
      timeout: 90_000,
      send_batch_size: 512,
      send_batch_max_size: 0,
    })
    expect(exporters.get('otlp_grpc/backup')).toMatchObject({ type: 'otlp_grpc', name: 'backup' })
    expect(exporters.get('otlp_grpc/backup')?.config).toMatchObject({
      endpoint: { scheme: 'https', host: 'fe80::1', port: 4317 },
      tenant: '0123',
      tls: { insecure: false },
    })
  })

  it('takes a key without a value for an empty map where a map is wanted', () => {
    const config = good(manyParts).receivers.get('otlp')?.config
    expect(config).toEqual({ protocols: { grpc: { endpoint: { host: '127.0.0.1', port: 4317 } } } })
  })

  it('parses merge keys and aliases', () => {
    const config = good(manyParts).processors.get('batch/small')?.config
    expect(config).toMatchObject({ timeout: 90_000, send_batch_size: 10 })
  })

  it('parses pipelines with the place of each reference', () => {
    const { service } = good(manyParts)
    expect([...service.pipelines.keys()]).toEqual(['traces', 'traces/out'])
    expect(service.pipelines.get('traces/out')).toMatchObject({ kind: 'traces', name: 'out' })
    expect(service.pipelines.get('traces')?.processors[1]).toEqual({
      id: 'batch/large',
      path: ['service', 'pipelines', 'traces', 'processors', 1],
      at: { file: 'a.yaml', line: 28, column: 63 },
    })
    expect(service.extensions.map(({ id }) => id)).toEqual(['health_check'])
  })

  it('has defaults for what the agent says and costs', () => {
    expect(good(allDefaults).service).toMatchObject({
      limits: { workers: 1 },
      telemetry: {
        logs: { level: 'info', encoding: 'console' },
        metrics: { level: 'normal' },
        resource: {},
      },
    })
    expect(good(manyParts).service.limits).toEqual({ cpu: 0.5, memory_mib: 100, workers: 1 })
  })

  it('refuses more workers than can be had, and less memory than any agent needs', () => {
    const set = ['service.limits={workers: 2, memory_mib: 31}']
    expect(parse(allDefaults, { env, set }).lines).toEqual([
      '--set:1:16: service.limits.memory_mib: expected a number of at least 32, received 31',
      '--set:1:16: service.limits.workers: expected 1 (reading with more threads is not built yet), received 2',
    ])
  })

  it('words problems of later checks by place', () => {
    const config = good(manyParts)
    const path = ['service', 'pipelines', 'traces', 'processors', 1]
    expect(formatProblem(config.error(path, 'no'))).toBe(
      'a.yaml:28:63: service.pipelines.traces.processors[1]: no',
    )
    expect(formatProblem(config.warning(['receivers', 'otlp', 'x', 'y'], 'odd'))).toBe(
      'a.yaml:3:3: receivers.otlp.x.y: warning: odd',
    )
    expect(config.position(['processors', 'k8s_attributes'])).toMatchObject({ line: 7, column: 3 })
  })

  it('accepts an older name of a type with a warning', () => {
    const text = allDefaults
      .replaceAll('debug', 'otlp')
      .replace('{ otlp }', '{ otlp: { endpoint: "a:1" } }')
    const { config, lines } = parse(text)
    expect(config?.exporters.get('otlp')).toMatchObject({ id: 'otlp', type: 'otlp_grpc' })
    expect(lines).toEqual([
      'a.yaml:2:14: exporters.otlp: warning: "otlp" is the old name of "otlp_grpc", write "otlp_grpc"',
    ])
  })

  it('warns of components that nothing names', () => {
    const text = `extensions: {health_check: }\nprocessors: {batch: }\n${allDefaults}`
    expect(parse(text).lines).toEqual([
      'a.yaml:1:14: extensions.health_check: warning: extension "health_check" is not in service.extensions, it will not start',
      'a.yaml:2:14: processors.batch: warning: processor "batch" is in no pipeline, it will not start',
    ])
  })

  it('changes the fingerprint of a component when its options change, not when they move', () => {
    const print = (text: string) => good(text).processors.get('batch/large')?.fingerprint
    expect(print(`\n\n${manyParts}`)).toBe(print(manyParts))
    expect(print(manyParts.replace('1m30s', '2m'))).not.toBe(print(manyParts))
  })
})

describe('several sources', () => {
  it('merge maps, replace lists and keep the place of what wins', () => {
    const config = good([
      manyParts,
      'service: {pipelines: {traces/out: {processors: [batch/large]}}}\nprocessors: {batch/large: {timeout: 1s}}',
    ])
    expect(config.processors.get('batch/large')?.config).toMatchObject({
      timeout: 1000,
      send_batch_size: 512,
    })
    expect(config.position(['processors', 'batch/large', 'timeout'])).toEqual({
      file: 'b.yaml',
      line: 2,
      column: 37,
    })
    const [first, ...others] = config.service.pipelines.get('traces/out')!.processors
    expect(first?.id).toBe('batch/large')
    expect(others).toEqual([])
  })

  it('erase a map with an empty value, and keep it with {}', () => {
    expect(good([allDefaults, 'exporters: {}']).exporters.size).toBe(1)
    expect(parse([allDefaults, 'exporters:']).lines).toEqual([
      'a.yaml:5:51: service.pipelines.traces.exporters[0]: references exporter "debug" which is not configured (no exporter is)',
      'b.yaml:1:1: exporters: no exporter is configured',
    ])
  })

  it('may be empty beside others, with a warning', () => {
    const { config, lines } = parse([allDefaults, '# later'])
    expect(config).toBeDefined()
    expect(lines).toEqual(['b.yaml:1:1: warning: empty configuration'])
  })

  it('do not need a variable of a value that is replaced', () => {
    const over = 'processors: {batch/large: {send_batch_size: 3}}'
    const { config, lines } = parse([manyParts, over], { env: { TOKEN: 'x' } })
    expect(lines).toEqual([])
    expect(config?.processors.get('batch/large')?.config).toMatchObject({ send_batch_size: 3 })
  })

  it('report the syntax errors of all', () => {
    expect(parse(['a: b: c', '"']).lines).toEqual([
      'a.yaml:1:4: invalid YAML: nested mappings are not allowed in compact mappings',
      'b.yaml:1:2: invalid YAML: missing closing "quote',
    ])
  })

  it('may have joined keys', () => {
    const over = {
      name: 'yaml',
      text: 'service::limits::cpu: 2\nservice::limits: {memory_mib: 64}',
      joinedKeys: true,
    }
    const { config } = parseConfig([{ name: 'a.yaml', text: allDefaults }, over], registry, { env })
    expect(config?.service.limits).toEqual({ cpu: 2, memory_mib: 64, workers: 1 })
  })
})

describe('lists of several sources', () => {
  const base =
    'receivers: {otlp: , ebpf_http: }\nexporters: {debug: , debug/2: }\nprocessors: {batch: , batch/2: }'
  const pipelines = (...lists: string[]): string =>
    `service: {extensions: [${lists[3]}], pipelines: {traces: {receivers: [${lists[0]}], processors: [${lists[1]}], exporters: [${lists[2]}]}}}`
  const sources = [
    `extensions: {health_check: , health_check/2: }\n${base}\n${pipelines('otlp', 'batch', 'debug', 'health_check')}`,
    pipelines('ebpf_http, otlp', 'batch/2', 'debug/2', 'health_check/2'),
  ]
  const namesIn = ({ service }: Config): object => {
    const { receivers, processors, exporters } = service.pipelines.get('traces')!
    const names = [receivers, processors, exporters, service.extensions]
    return names.map((list) => list.map(({ id }) => id).join())
  }

  it('replace each other', () => {
    expect(namesIn(good(sources))).toEqual([
      'ebpf_http,otlp',
      'batch/2',
      'debug/2',
      'health_check/2',
    ])
  })

  it('are joined where they may be and that is asked for, each name once', () => {
    expect(namesIn(good(sources, { env, appendLists: true }))).toEqual([
      'otlp,ebpf_http',
      'batch/2',
      'debug,debug/2',
      'health_check,health_check/2',
    ])
  })

  it('of options are never joined', () => {
    const texts = ['routing: {exporters: [a]}', 'routing: {exporters: [b]}']
    const over = texts.map((text, i) => ({ name: `${i}.yaml`, text: `connectors: {${text}}` }))
    const { node } = composeConfig(over, { appendLists: true })
    expect(toPlain(node!)).toEqual({ connectors: { routing: { exporters: ['b'] } } })
  })
})

describe('a field that wants a text', () => {
  it.each([
    '0123',
    '1.10',
    '1e3',
    '0x1F',
    '0o17',
    '+1',
    '.5',
    '-.inf',
    'true',
    'False',
    'on',
    'yes',
    '2024-01-01',
    '1_000',
    '12:30:45',
  ])('keeps %s as it was written', (written) => {
    const over = `exporters: {otlp_grpc: {endpoint: "a:1", tenant: ${written}}}`
    const { config } = parse([allDefaults, over])
    expect(config?.exporters.get('otlp_grpc')?.config).toMatchObject({ tenant: written })
    const byVariable = parse([allDefaults, over.replace(written, '"${env:TENANT}"')], {
      env: { TENANT: written },
    })
    expect(byVariable.config?.exporters.get('otlp_grpc')?.config).toMatchObject({
      tenant: written,
    })
  })
})

describe('a configuration with wrong options only', () => {
  it('still says how its parts are joined', () => {
    const text = allDefaults.replace('{ debug }', '{ debug: { loud: true } }')
    const { config, outline } = parseConfig([{ name: 'a.yaml', text }], registry, { env })
    expect(config).toBeUndefined()
    expect([...outline!.service.pipelines.keys()]).toEqual(['traces'])
    expect(outline?.exporters.get('debug')).toMatchObject({ type: 'debug', config: undefined })
  })

  it('does not when a reference or a type is wrong too', () => {
    const outlineOf = (text: string) => parseConfig([{ name: 'a.yaml', text }], registry).outline
    expect(outlineOf(allDefaults.replace('[debug]', '[debgu]'))).toBeUndefined()
    expect(outlineOf(allDefaults.replace('{ ebpf_http }', '{ ebpf_http: , x: }'))).toBeUndefined()
  })
})

describe('--set', () => {
  it('is laid over the sources, in order, its value read as YAML', () => {
    const set = [
      'processors.batch/large.timeout=1s',
      'service.limits={cpu: 1}',
      'service.limits.cpu=2',
    ]
    const config = good(manyParts, { env, set })
    expect(config.processors.get('batch/large')?.config).toMatchObject({ timeout: 1000 })
    expect(config.service.limits).toMatchObject({ cpu: 2, memory_mib: 100 })
  })

  it('erases with an empty value, and expands references', () => {
    const set = ['service.limits=', 'processors.batch/large.timeout=${env:WAIT}']
    const config = good(manyParts, { env: { ...env, WAIT: '3s' }, set })
    expect(config.service.limits).toEqual({ workers: 1 })
    expect(config.processors.get('batch/large')?.config).toMatchObject({ timeout: 3000 })
  })

  it('is named with its number and column in problems', () => {
    const set = ['service.limits.cpu=many', 'service.limits.cpus=1', 'exporters.debug.a.b=1']
    expect(parse(allDefaults, { env, set }).lines).toEqual([
      '--set:1:20: service.limits.cpu: expected a number, received "many"',
      '--set:2:16: service.limits: unknown key "cpus", did you mean "cpu"?',
      '--set:3:17: exporters.debug: unknown key "a"',
    ])
  })

  it('is refused without an equal sign, with an empty key or with broken YAML', () => {
    expect(parse(allDefaults, { env, set: ['a', 'b..c=1', '=', 'd=[1'] }).lines).toEqual([
      '--set:1:1: missing equal sign in "a", expected a.b=value',
      '--set:2:1: empty key in "b..c=1", expected a.b=value',
      '--set:3:1: empty key in "=", expected a.b=value',
      '--set:4:3: invalid YAML: flow sequence must end with a ]',
    ])
  })
})
