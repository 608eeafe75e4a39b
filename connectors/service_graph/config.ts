import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { ascend, exemplarOptions } from '../../src/helpers/metric_options.ts'

/** The Collector's bounds. */
const BUCKETS = '2ms 4ms 6ms 8ms 10ms 50ms 100ms 200ms 400ms 800ms 1s 1.4s 2s 5s 10s 15s'.split(' ')

const keys = z.array(z.string().min(1))

const store = z.strictObject({
  max_items: z
    .int()
    .min(1)
    .default(1000)
    .describe('Spans that wait for the other end of their edge, from one batch to the next.'),
  ttl: duration().prefault('2s').describe('How long they wait.'),
})

/** `connectors.service_graph`. */
export const serviceGraphConfig = z
  .strictObject({
    latency_histogram_buckets: z
      .array(duration())
      .superRefine(ascend)
      .optional()
      .describe(`Upper bounds of the durations; by default ${BUCKETS.join(', ')}.`),
    exponential_histogram_max_size: z
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe('Buckets of exponential histograms at most; 0 makes explicit ones instead.'),
    dimensions: keys
      .default([])
      .describe("Further attributes: the client's become `client_…`, the server's `server_…`."),
    store: store.prefault({}).describe('Where spans wait for the other end.'),
    cache_loop: duration({ min: '10ms' })
      .prefault('1m')
      .describe('How often series that have expired are looked for.'),
    store_expiration_loop: duration({ min: '10ms' })
      .prefault('2s')
      .describe('How often spans that have waited too long are looked for.'),
    virtual_node_peer_attributes: keys
      .default(['peer.service', 'db.name', 'db.system'])
      .describe(
        'Attributes of a client whose server is not seen that name it, the first that there is. Empty: such edges are left out.',
      ),
    virtual_node_extra_label: z
      .boolean()
      .default(false)
      .describe('Adds `virtual_node`: which end was not seen.'),
    database_name_attributes: keys
      .min(1)
      .default(['db.name'])
      .describe('Attributes of a client that name a database, which has no spans of its own.'),
    metrics_flush_interval: duration()
      .prefault('60s')
      .describe('How often data points are handed on. 0s: after each batch.'),
    metrics_timestamp_offset: duration()
      .prefault('0s')
      .describe('How much earlier data points say that they are.'),
    metrics_expiration: duration()
      .prefault('15m')
      .describe('How long an edge without requests is kept. 0s: for good.'),
    aggregation_cardinality_limit: z
      .int()
      .min(0)
      .default(2000)
      .describe('Series at most; further requests are counted in one. 0: no limit.'),
    exemplars: exemplarOptions(false),
  })
  .refine((given) => !given.latency_histogram_buckets || !given.exponential_histogram_max_size, {
    error: 'expected latency_histogram_buckets or exponential_histogram_max_size, received both',
  })

/** `connectors.service_graph`, checked and with defaults. */
export type ServiceGraphConfig = z.output<typeof serviceGraphConfig>

/** The bounds where the configuration has none, in milliseconds. */
export const BOUNDS_MS: readonly number[] = z.array(duration()).parse(BUCKETS)
