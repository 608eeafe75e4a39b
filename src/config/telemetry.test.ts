import { expect, it } from 'vitest'
import { z } from 'zod'
import { formatProblem, parseConfig } from './index.ts'
import { telemetryConfig, type TelemetryConfig } from './service.ts'
import { resourceAttributes } from './telemetry_resource.ts'

const nothing = { lookup: () => undefined, types: () => [] }

/** What is wrong or odd below `service.telemetry`, of which the text begins in line 3. */
function problemsOf(yaml: string): string[] {
  const text = `service:\n  telemetry:\n${yaml.trim().replaceAll(/^/gm, '    ')}\n`
  const { problems } = parseConfig([{ name: 'x.yaml', text }], nothing)
  return problems
    .filter(({ path }) => path.startsWith('service.telemetry'))
    .map((problem) => formatProblem(problem).replace('service.telemetry', '…'))
}

function parsed(telemetry: object): TelemetryConfig {
  return telemetryConfig.parse(telemetry)
}

it('has the defaults of the Collector', () => {
  expect(parsed({})).toEqual({
    logs: {
      level: 'info',
      encoding: 'console',
      output_paths: ['stderr'],
      error_output_paths: ['stderr'],
      initial_fields: {},
      sampling: { enabled: true, tick: 10_000, initial: 10, thereafter: 100 },
      disable_stacktrace: false,
      development: false,
      disable_caller: false,
      disable_zap_resource: false,
      processors: [],
    },
    metrics: { level: 'normal', views: [] },
    traces: { level: 'none', propagators: [], processors: [] },
    resource: {},
  })
})

it('takes what stands in configurations of Collectors', () => {
  expect(
    problemsOf(`
logs:
  level: INFO
  development: true
  encoding: json
  disable_caller: true
  disable_stacktrace: true
  output_paths: [stdout, /var/log/waggle.log]
  error_output_paths: [stderr]
  initial_fields: { service: collector, n: 1 }
  sampling: { enabled: true, tick: 10s, initial: 5, thereafter: 200 }
metrics:
  level: Detailed
  readers:
    - pull: { exporter: { prometheus: { host: 0.0.0.0, port: 8888, without_units: true } } }
    - pull: { exporter: { prometheus/development: { translation_strategy: underscore_escaping_with_suffixes } } }
    - periodic:
        interval: 10000
        timeout: 5s
        exporter:
          otlp:
            protocol: http/protobuf
            endpoint: https://backend:4318
            headers: [{ name: api-key, value: x }]
    - periodic: { exporter: { otlp: { protocol: grpc, endpoint: backend:4317, headers: { api-key: x } } } }
    - periodic: { exporter: { otlp_http: { endpoint: 'https://backend/v1/metrics' } } }
    - periodic: { exporter: { otlp_grpc: { tls: { ca_file: ca.pem } } } }
  views:
    - selector: { instrument_name: 'http.*', meter_name: otelhttp }
      stream: { aggregation: { drop: {} } }
    - selector: { instrument_name: otelcol_exporter_queue_size }
      stream: { attribute_keys: { excluded: [data_type] } }
traces:
  level: none
  propagators: [tracecontext, b3]
resource:
  rack: r1
  number: 5
  service.instance.id: null
`),
  ).toEqual([])
})

it('takes the declarative form of resource attributes', () => {
  const yaml = 'resource:\n  attributes: [{ name: rack, value: r1 }, { name: gone, value: null }]'
  expect(problemsOf(yaml)).toEqual([])
  const attributes = [
    { name: 'rack', value: 'r1' },
    { name: 'gone', value: null },
  ]
  expect(resourceAttributes({ attributes })).toEqual({ rack: 'r1', gone: null })
  expect(resourceAttributes({ rack: 'r1', gone: null })).toEqual({ rack: 'r1', gone: null })
})

it('reads levels in upper and lower case, and the older words for the worst', () => {
  const level = (text: string): string => parsed({ logs: { level: text } }).logs.level
  expect(['DEBUG', 'Info', 'warn', 'ERROR', 'dpanic', 'PANIC', 'fatal'].map(level)).toEqual([
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
    'fatal',
    'fatal',
  ])
  expect(parsed({ metrics: { level: 'Basic' } }).metrics.level).toBe('basic')
})

it('warns of the older address, and takes it', () => {
  expect(problemsOf('metrics: { address: ":8888" }')).toEqual([
    'x.yaml:3:16: ….metrics.address: warning: "address" is the older way, use "readers" or "endpoint"',
  ])
  expect(parsed({ metrics: { address: ':8888' } }).metrics.address).toEqual({
    host: '',
    port: 8888,
  })
})

it('says what is not built', () => {
  expect(
    problemsOf(`
logs: { processors: [{ batch: }] }
traces:
  level: basic
  processors: [{ batch: { exporter: { otlp: {} } } }]
`),
  ).toEqual([
    "x.yaml:3:25: ….logs.processors: not built: the agent's own log is not exported, write it to a file or stderr",
    'x.yaml:5:14: ….traces.level: not built: the agent makes no traces of itself, expected "none"',
    'x.yaml:6:19: ….traces.processors: not built: the agent makes no traces of itself',
  ])
})

it('words what is wrong with levels and readers by their place', () => {
  expect(
    problemsOf(`
logs: { level: loud, sampling: { tick: 5 } }
metrics:
  level: some
  readers:
    - pull: { exporter: { prometheus: { port: 99999, colour: red } } }
    - periodic: { interval: soon, exporter: { otlp: { protocol: carrier-pigeon, endpoint: 'http://' } } }
    - periodic: { exporter: { otlp: { temporality_preference: delta, headers: 5 } } }
`),
  ).toEqual([
    'x.yaml:3:20: ….logs.level: expected "debug", "info", "warn", "error" or "fatal", received "loud"',
    'x.yaml:3:44: ….logs.sampling.tick: expected a duration with a unit, such as "10s" or "200ms", received 5',
    'x.yaml:5:14: ….metrics.level: expected "none", "basic", "normal" or "detailed", received "some"',
    'x.yaml:7:51: ….metrics.readers[0].pull.exporter.prometheus.port: expected a port from 1 to 65535, received 99999',
    'x.yaml:7:58: ….metrics.readers[0].pull.exporter.prometheus: unknown key "colour" (known: host, port, without_type_suffix, without_units, without_scope_info, translation_strategy, with_resource_constant_labels)',
    'x.yaml:8:33: ….metrics.readers[1].periodic.interval: expected milliseconds of at least 100, or a duration such as "10s", received "soon"',
    'x.yaml:8:69: ….metrics.readers[1].periodic.exporter.otlp.protocol: expected "http/protobuf" or "grpc", received "carrier-pigeon"',
    'x.yaml:8:95: ….metrics.readers[1].periodic.exporter.otlp.endpoint: expected a URL such as "https://host:4318", or host:port, received "http://"',
    'x.yaml:9:67: ….metrics.readers[2].periodic.exporter.otlp.temporality_preference: expected "cumulative" (counters that start anew at each export are not built), received "delta"',
    'x.yaml:9:83: ….metrics.readers[2].periodic.exporter.otlp.headers: expected a map or a list, received 5',
  ])
})

it('wants one kind of reader, one exporter in it, and one way to say so', () => {
  expect(
    problemsOf(`
metrics:
  readers:
    - pull: { exporter: { prometheus: } }
      periodic: { exporter: { otlp: } }
    - periodic: { exporter: {} }
    - {}
`),
  ).toEqual([
    'x.yaml:5:11: ….metrics.readers[0]: expected either pull or periodic',
    'x.yaml:7:33: ….metrics.readers[1].periodic.exporter: expected one of otlp, otlp_http and otlp_grpc',
    'x.yaml:8:11: ….metrics.readers[2]: expected either pull or periodic',
  ])
  expect(problemsOf('metrics: { readers: [] }')).toEqual([
    'x.yaml:3:25: ….metrics.readers: expected a reader, or level: none',
  ])
  expect(problemsOf('metrics: { readers: [], level: none }')).toEqual([])
  expect(problemsOf('metrics: { endpoint: ":1", address: ":2" }')).toEqual([
    'x.yaml:3:14: ….metrics: expected only one of readers, endpoint and address',
  ])
})

it('is printed as it can be read again, without secrets', () => {
  const written = {
    logs: { level: 'WARN', sampling: { tick: '3s' } },
    metrics: {
      level: 'detailed',
      readers: [
        { periodic: { interval: '10s', exporter: { otlp: { headers: { 'api-key': 'hush' } } } } },
        {
          periodic: { exporter: { otlp_http: { headers: [{ name: 'api-key', value: 'hush' }] } } },
        },
      ],
    },
    resource: { rack: 'r1', gone: null },
  }
  const printed = z.encode(telemetryConfig, parsed(written))
  expect(JSON.stringify(printed)).not.toContain('hush')
  expect(printed).toMatchObject({
    logs: { level: 'warn', sampling: { tick: '3s' } },
    metrics: {
      readers: [
        {
          periodic: {
            interval: 10_000,
            exporter: { otlp: { headers: { 'api-key': '[REDACTED]' } } },
          },
        },
        {
          periodic: {
            exporter: { otlp_http: { headers: [{ name: 'api-key', value: '[REDACTED]' }] } },
          },
        },
      ],
    },
    resource: { rack: 'r1', gone: null },
  })
  expect(telemetryConfig.safeParse(printed).success).toBe(true)
})
