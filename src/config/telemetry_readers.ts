import { z } from 'zod'
import { parseDuration } from './duration.ts'
import { port } from './endpoint.ts'
import { headers, secret } from './secret.ts'

/** Milliseconds as a whole number, as the Collector has them here, or a duration with a unit. */
function milliseconds(least: number): z.ZodCodec<z.ZodUnion, z.ZodNumber> {
  const message = `expected milliseconds of at least ${least}, or a duration such as "10s"`
  const codec = z.codec(z.union([z.int(), z.string()], { error: message }), z.number(), {
    decode: (value, context) => {
      const ms = typeof value === 'number' ? value : parseDuration(value)
      if (ms !== undefined && ms >= least) return ms
      context.issues.push({ code: 'custom', input: value, message })
      return z.NEVER
    },
    encode: (ms) => ms,
  })
  return codec.meta({ label: 'milliseconds' })
}

const path = z.string().min(1).optional()

/** The Collector's strategies that need no names beyond ASCII. */
const STRATEGIES = [
  'underscore_escaping_without_suffixes',
  'underscore_escaping_without_suffixes/development',
  'underscore_escaping_with_suffixes',
] as const

const labels = z
  .strictObject({
    included: z.array(z.string()).default([]).describe('Only these; all if empty.'),
    excluded: z.array(z.string()).default([]).describe('All but these.'),
  })
  .optional()
  .describe(
    'Which resource attributes are on every series, with `*` for anything; all if not given.',
  )

const prometheus = z
  .strictObject({
    host: z.string().default('localhost').describe('Where to listen; empty: on every address.'),
    port: port().default(8888).describe('The port to listen on.'),
    without_type_suffix: z
      .boolean()
      .default(true)
      .describe('Names of counters do not end in `_total`.'),
    without_units: z.boolean().default(true).describe('Names do not end in their unit.'),
    without_scope_info: z
      .boolean()
      .default(true)
      .describe('Series carry no `otel_scope_name` and `otel_scope_version`.'),
    translation_strategy: z
      .enum(STRATEGIES)
      .optional()
      .describe('The newer way to say both of `without_type_suffix` and `without_units`.'),
    with_resource_constant_labels: labels,
  })
  .optional()
/** A page for Prometheus. */
export type PrometheusReaderConfig = NonNullable<z.output<typeof prometheus>>

const headerList = z.array(z.strictObject({ name: z.string().min(1), value: secret() }))

const otlpFields = {
  endpoint: z
    .string()
    .min(1)
    .refine((text) => URL.canParse(/^https?:\/\//i.test(text) ? text : `https://${text}`), {
      error: 'expected a URL such as "https://host:4318", or host:port',
    })
    .optional()
    .describe(
      'Where to send to. Without a scheme it is https, or http with `insecure`. Unset: this machine, without TLS.',
    ),
  headers: z
    .union([headers(), headerList])
    .optional()
    .describe('Sent with every request: a map, or a list of `name` and `value`.'),
  compression: z.enum(['gzip', 'none']).default('none').describe('How requests are compressed.'),
  timeout: milliseconds(1).prefault(10_000).describe('How long one request may take.'),
  insecure: z.boolean().default(false).describe('Send without TLS where no scheme says.'),
  tls: z
    .strictObject({
      insecure: z.boolean().default(false).describe('As `insecure`.'),
      ca_file: path.describe("PEM file of the authorities that may sign the server's certificate."),
      cert_file: path.describe("PEM file of the client's certificate, with key_file."),
      key_file: path.describe("PEM file of the client's private key, with cert_file."),
    })
    .optional()
    .describe('Transport security.'),
  certificate: path.describe('The older name of tls.ca_file.'),
  client_certificate: path.describe('The older name of tls.cert_file.'),
  client_key: path.describe('The older name of tls.key_file.'),
  temporality_preference: z
    .enum(['cumulative'], {
      error: 'expected "cumulative" (counters that start anew at each export are not built)',
    })
    .default('cumulative')
    .describe('Counters count since the agent began.'),
  default_histogram_aggregation: z
    .string()
    .optional()
    .describe('Taken for compatibility: the agent has no histograms of itself.'),
}

const otlp = z
  .strictObject({
    protocol: z
      .enum(['http/protobuf', 'grpc'])
      .default('http/protobuf')
      .describe('How it is sent.'),
    ...otlpFields,
  })
  .optional()
/** Where metrics are sent to. Durations are milliseconds. */
export type OtlpPushConfig = NonNullable<z.output<typeof otlp>>

const withoutProtocol = z.strictObject(otlpFields).optional()

function oneOf(keys: readonly string[]): (value: object) => boolean {
  return (value) => keys.filter((key) => key in value).length === 1
}

const pull = z
  .strictObject({
    exporter: z
      .strictObject({
        prometheus: prometheus.describe('A page for Prometheus, at /metrics.'),
        'prometheus/development': prometheus.describe('The same, as newer Collectors call it.'),
      })
      .refine(oneOf(['prometheus', 'prometheus/development']), {
        error: 'expected either prometheus or prometheus/development',
      })
      .describe('Who may fetch.'),
  })
  .optional()

const periodic = z
  .strictObject({
    interval: milliseconds(100).prefault(60_000).describe('Time from one export to the next.'),
    timeout: milliseconds(1).prefault(30_000).describe('How long one export may take.'),
    exporter: z
      .strictObject({
        otlp: otlp.describe('OTLP.'),
        otlp_http: withoutProtocol.describe('OTLP over HTTP, as newer Collectors call it.'),
        otlp_grpc: withoutProtocol.describe('OTLP over gRPC, as newer Collectors call it.'),
      })
      .refine(oneOf(['otlp', 'otlp_http', 'otlp_grpc']), {
        error: 'expected one of otlp, otlp_http and otlp_grpc',
      })
      .describe('Where to send to.'),
  })
  .optional()

/** One of `service.telemetry.metrics.readers`. */
export const readerConfig = z
  .strictObject({
    pull: pull.describe('Metrics that are fetched.'),
    periodic: periodic.describe('Metrics that are sent.'),
  })
  .refine(oneOf(['pull', 'periodic']), { error: 'expected either pull or periodic' })

/** One reader, parsed. */
export type ReaderConfig = z.output<typeof readerConfig>
