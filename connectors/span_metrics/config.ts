import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { globFault } from '../../src/helpers/key_glob.ts'
import {
  aggregationTemporality,
  ascend,
  exemplarOptions,
  exponentialHistogram,
} from '../../src/helpers/metric_options.ts'

/** Attributes that series have unless excluded. */
export const DEFAULT_DIMENSIONS = [
  'service.name',
  'span.name',
  'span.kind',
  'status.code',
  'collector.instance.id',
] as const
/** Name of one of them. */
export type DefaultDimension = (typeof DEFAULT_DIMENSIONS)[number]

/** The Collector's bounds. */
const BUCKETS = '2ms 4ms 6ms 8ms 10ms 50ms 100ms 200ms 400ms 800ms 1s 1.4s 2s 5s 10s 15s'.split(' ')

const dimension = z
  .strictObject({
    name: z.string().min(1).optional().describe('Key of an attribute of spans or resources.'),
    default: z.string().optional().describe('Its value where there is no such attribute.'),
    glob: z
      .string()
      .min(1)
      .optional()
      .describe('Pattern for keys instead: `*` is anything but a dot, `**` anything.'),
  })
  .check((check) => {
    const { name, glob, default: fallback } = check.value
    const fault = faultOf(name, glob, fallback)
    if (fault) check.issues.push({ code: 'custom', input: check.value, message: fault })
  })

/** An attribute that tells series apart. */
export type Dimension = z.output<typeof dimension>

function faultOf(name?: string, glob?: string, fallback?: string): string | undefined {
  if (name !== undefined && glob !== undefined) return 'expected name or glob, received both'
  if (name === undefined && glob === undefined) return 'expected name or glob, received neither'
  if (glob === undefined) return undefined
  if (fallback !== undefined) return 'expected no default beside glob'
  return globFault(glob)
}

/** Reports a name that stands twice, or that series have anyway. */
function differ(dimensions: readonly Dimension[], context: z.RefinementCtx<unknown>): void {
  const names = new Set<string>(DEFAULT_DIMENSIONS)
  dimensions.forEach(({ name }, i) => {
    if (name === undefined) return
    if (names.has(name)) {
      const message = 'expected an attribute that is not there yet'
      context.addIssue({ code: 'custom', path: [i, 'name'], input: name, message })
    }
    names.add(name)
  })
}

function dimensionList(what: string) {
  return z.array(dimension).default([]).superRefine(differ).describe(what)
}

const histogram = z
  .strictObject({
    disable: z.boolean().default(false).describe('Leaves the durations out.'),
    unit: z.enum(['ms', 's']).default('ms').describe('Unit of the durations.'),
    dimensions: dimensionList('Further attributes of the durations alone.'),
    explicit: z
      .strictObject({
        buckets: z
          .array(duration())
          .prefault(BUCKETS)
          .superRefine(ascend)
          .describe('Upper bounds of the durations.'),
      })
      .optional()
      .describe('Buckets with fixed bounds; what is used by default.'),
    exponential: exponentialHistogram
      .optional()
      .describe('Buckets whose bounds grow by a factor and adapt to the values, instead.'),
  })
  .refine((given) => !given.explicit || !given.exponential, {
    error: 'expected explicit or exponential, received both',
  })

const events = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether events of spans are counted.'),
    dimensions: dimensionList('Attributes of events that tell their series apart.'),
  })
  .refine((given) => !given.enabled || given.dimensions.length > 0, {
    error: 'expected dimensions, without which events cannot be told apart',
    path: ['dimensions'],
  })

/** `connectors.span_metrics`. */
export const spanMetricsConfig = z.strictObject({
  namespace: z
    .string()
    .default('traces.span.metrics')
    .describe('What the names of the metrics begin with, with a dot behind it unless empty.'),
  histogram: histogram.prefault({}).describe('How durations are counted.'),
  dimensions: dimensionList('Further attributes of all metrics.'),
  calls_dimensions: dimensionList('Further attributes of `calls` alone.'),
  exclude_dimensions: z
    .array(z.enum(DEFAULT_DIMENSIONS))
    .default([])
    .describe('Attributes that are left out.'),
  include_instrumentation_scope: z
    .array(z.string().min(1))
    .default([])
    .describe('Scopes whose name and version become attributes.'),
  enable_metrics_sampling_method: z
    .boolean()
    .default(false)
    .describe(
      'Adds `sampling.method`: `extrapolated` where a span stands for several, else `counted`.',
    ),
  events: events.prefault({}).describe('The metric of the events of spans.'),
  exemplars: exemplarOptions(false),
  aggregation_temporality: aggregationTemporality,
  metrics_flush_interval: duration({ min: '10ms' })
    .prefault('60s')
    .describe('How often data points are handed on.'),
  metrics_expiration: duration()
    .prefault('0s')
    .describe('How long the metrics of a resource without spans are kept. 0s: for good.'),
  series_expiration: duration()
    .optional()
    .describe(
      'How long a series without spans is kept; as long as `metrics_expiration` says by default. 0s: for good.',
    ),
  aggregation_cardinality_limit: z
    .int()
    .min(0)
    .default(2000)
    .describe(
      'Series of a metric and resource at most; further spans are counted in one. 0: no limit.',
    ),
  resource_metrics_cache_size: z
    .int()
    .min(1)
    .default(1000)
    .describe('Resources at most; the one idle longest is handed on and makes room.'),
  resource_metrics_key_attributes: z
    .array(z.string().min(1))
    .default([])
    .describe('Attributes by which resources are told apart. Empty: all.'),
  add_resource_attributes: z
    .boolean()
    .default(true)
    .describe(
      'Whether metrics have the resource of their spans; without it all resources are counted together.',
    ),
  metric_timestamp_cache_size: z
    .int()
    .min(1)
    .default(1000)
    .describe('Series without spans whose last data point is remembered, where deltas are made.'),
})

/** `connectors.span_metrics`, checked and with defaults. */
export type SpanMetricsConfig = z.output<typeof spanMetricsConfig>

/** The bounds of explicit buckets where the configuration has none, in milliseconds. */
export const BOUNDS_MS: readonly number[] = z.array(duration()).parse(BUCKETS)
