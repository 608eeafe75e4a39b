import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import {
  aggregationTemporality,
  ascend,
  exemplarOptions,
  exponentialHistogram,
} from '../../src/helpers/metric_options.ts'
import { DIMENSIONS, OPT_IN } from './dimensions.ts'
import { ACTIVE_REQUESTS, INSTRUMENTS, type MetricName } from './instruments.ts'

/*
 * Where the Collector's span_metrics connector has an option for the same, it is called so here; the
 * options of `routes` are those of OpenTelemetry eBPF Instrumentation.
 */

/** Semantic conventions, HTTP metrics: the advice for durations. */
const DURATIONS = '5ms 10ms 25ms 50ms 75ms 100ms 250ms 500ms 750ms 1s 2.5s 5s 7.5s 10s'.split(' ')
/** No body, then powers of four from 64 B to 16 MiB: the conventions advise nothing. */
const SIZES = [0, ...Array.from({ length: 10 }, (_, n) => 64 * 4 ** n)]

const explicit = z.strictObject({
  buckets: z
    .array(duration())
    .prefault(DURATIONS)
    .superRefine(ascend)
    .describe('Upper bounds of the durations.'),
  size_buckets: z
    .array(z.number().min(0))
    .default(SIZES)
    .superRefine(ascend)
    .describe('Upper bounds of the body sizes, in bytes.'),
})

const histogram = z
  .strictObject({
    explicit: explicit.optional().describe('Buckets with fixed bounds; what is used by default.'),
    exponential: exponentialHistogram
      .optional()
      .describe('Buckets whose bounds grow by a factor and adapt to the values, instead.'),
  })
  .refine((given) => !given.explicit || !given.exponential, {
    error: 'expected explicit or exponential, received both',
  })

const metric = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether it is made.'),
})
const activeRequests = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether it is made; see below.'),
})

type MetricOption = z.ZodPrefault<typeof metric | typeof activeRequests>

const routes = z.strictObject({
  patterns: z
    .array(z.string().regex(/^\//, { error: 'expected a path that begins with "/"' }))
    .default([])
    .describe(
      'Routes that are known, before any is learned: `/users/{id}`, `/users/:id`, `/static/*`.',
    ),
  unmatched: z
    .enum(['low-cardinality', 'heuristic', 'path', 'wildcard', 'unset'])
    .default('low-cardinality')
    .describe('What the route of a path is that no pattern matches; see below.'),
  max_path_segment_cardinality: z
    .int()
    .min(0)
    .default(10)
    .describe('Values that a segment may have before it becomes a placeholder. 0: no limit.'),
  wildcard_char: z
    .string()
    .regex(/^[^/]$/u, { error: 'expected one character other than "/"' })
    .default('*')
    .describe('What stands for a segment that varies.'),
})

/** A switch for each metric. */
function metricOptions(): Record<MetricName, MetricOption> {
  const all = Object.values(INSTRUMENTS).flatMap((instruments) => Object.values(instruments))
  const options = [
    ...all.map((instrument) => [instrument, metric] as const),
    ...Object.values(ACTIVE_REQUESTS).map((instrument) => [instrument, activeRequests] as const),
  ].map(([{ name, description }, option]) => [name, option.prefault({}).describe(description)])
  return Object.fromEntries(options) as Record<MetricName, MetricOption>
}

/** `connectors.request_metrics`. */
export const requestMetricsConfig = z.strictObject({
  metrics: z.strictObject(metricOptions()).prefault({}).describe('The metrics, by name.'),
  dimensions: z
    .array(z.enum(OPT_IN))
    .default([])
    .describe('Attributes that are added: those that the conventions leave out by default.'),
  exclude_dimensions: z
    .array(z.enum(DIMENSIONS))
    .default([])
    .describe('Attributes that are left out.'),
  histogram: histogram.prefault({}).describe('How values are counted.'),
  routes: routes.prefault({}).describe('How the route is found in the path.'),
  aggregation_temporality: aggregationTemporality,
  metrics_flush_interval: duration({ min: '10ms' })
    .prefault('15s')
    .describe('How often data points are handed on.'),
  metrics_expiration: duration()
    .prefault('5m')
    .describe('How long a series without requests is kept; it begins anew after. 0s: for good.'),
  aggregation_cardinality_limit: z
    .int()
    .min(0)
    .default(2000)
    .describe('Series of a service at most; further ones are summed up in one. 0: no limit.'),
  resource_metrics_cache_size: z
    .int()
    .min(1)
    .default(1000)
    .describe('Resources at most; the one idle longest is handed on and makes room.'),
  exemplars: exemplarOptions(true),
})

/** `connectors.request_metrics`, checked and with defaults. */
export type RequestMetricsConfig = z.output<typeof requestMetricsConfig>

/** The bounds of explicit buckets, durations in milliseconds, where the configuration has none. */
export const EXPLICIT = explicit.parse({})
