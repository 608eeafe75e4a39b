import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { type Instrument, INSTRUMENTS, type MetricName } from './instruments.ts'

/*
 * Options that the connector request_metrics has, too, are called as there.
 */

/** OpenTelemetry eBPF Instrumentation's buckets for round-trip times. */
const BUCKETS = '500us 1ms 2ms 5ms 10ms 25ms 50ms 100ms 250ms 500ms 1s'.split(' ')

/** OpenTelemetry's semantic conventions for DNS. */
const DNS_BUCKETS = '5ms 10ms 25ms 50ms 75ms 100ms 250ms 500ms 750ms 1s 2500ms 5s 7500ms 10s'.split(
  ' ',
)

/** Reports the first bound that is not above the one before. */
function ascend(bounds: readonly number[], context: z.RefinementCtx<unknown>): void {
  const place = bounds.findIndex((bound, i) => i > 0 && bound <= (bounds[i - 1] as number))
  if (place === -1) return
  const message = 'expected a bound above the one before'
  context.addIssue({ code: 'custom', path: [place], message })
}

function metric({ groupings, only, description, enabled }: Instrument) {
  const choice = groupings.map((grouping) => `"${grouping}"`).join(' or ')
  const error = only && `expected ${choice} (${only})`
  return z
    .strictObject({
      enabled: z
        .boolean()
        .default(enabled ?? true)
        .describe('Whether it is made.'),
      by: z
        .enum(groupings, error ? { error } : {})
        .default(groupings[0])
        .describe('What it is summed up by.'),
    })
    .prefault({})
    .describe(description)
}

/** A switch and a grouping for each metric. */
function metricOptions(): Record<MetricName, ReturnType<typeof metric>> {
  const options = INSTRUMENTS.map((instrument) => [instrument.name, metric(instrument)])
  return Object.fromEntries(options) as Record<MetricName, ReturnType<typeof metric>>
}

/** `processors.aggregation`. */
export const aggregationConfig = z.strictObject({
  metrics: z
    .strictObject(metricOptions())
    .prefault({})
    .describe('The metrics, by name; in a pipeline of logs they are not made.'),
  metrics_flush_interval: duration({ min: '10ms' })
    .prefault('10s')
    .describe('How often data points, or log records, are handed on.'),
  top_k: z
    .int()
    .min(0)
    .default(1000)
    .describe(
      'Flows that are told apart in each interval, those with most bytes, and names that were looked up, those that took most time; what the rest counts is kept as `other`. 0: all.',
    ),
  fold_ephemeral_ports: z
    .boolean()
    .default(true)
    .describe('Whether flows that differ only in the port of the client are one.'),
  buckets: z
    .array(duration())
    .min(1)
    .prefault(BUCKETS)
    .superRefine(ascend)
    .describe('Upper bounds of the histograms but those of DNS.'),
  dns_buckets: z
    .array(duration())
    .min(1)
    .prefault(DNS_BUCKETS)
    .superRefine(ascend)
    .describe('Upper bounds of the histograms of DNS.'),
  aggregation_temporality: z
    .enum(['cumulative', 'delta'])
    .default('cumulative')
    .describe('Whether a data point counts since its series began, or since the one before.'),
  metrics_expiration: duration()
    .prefault('5m')
    .describe('How long a series without news is kept; it begins anew after. 0s: for good.'),
  aggregation_cardinality_limit: z
    .int()
    .min(1)
    .default(100_000)
    .describe(
      'Flows, processes, containers or names of a metric at most; further ones are one series.',
    ),
  max_processes: z
    .int()
    .min(16)
    .default(4096)
    .describe(
      'Processes whose identity is kept; the one read longest ago makes room for a new one.',
    ),
})

/** `processors.aggregation`, checked and with defaults. */
export type AggregationConfig = z.output<typeof aggregationConfig>
