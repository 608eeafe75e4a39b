import { z } from 'zod'
import { excludeRules, selectRules } from '../../src/helpers/selection_config.ts'

const on = z.boolean().default(true)

const defaultExclude = z
  .strictObject({
    kubelet_probes: on.describe('Requests with `User-Agent: kube-probe/…`.'),
    telemetry_exports: on.describe(
      'POST to a path that ends in `/v1/traces`, `/v1/metrics`, `/v1/logs` or ' +
        '`/v1development/profiles`, of a content type of OTLP.',
    ),
    metrics_scrapes: on.describe(
      'GET with `User-Agent: Prometheus/…`, or with OpenMetrics in its `Accept`.',
    ),
    own_traffic: on.describe("What the agent's own process sends and answers."),
  })
  .prefault({})
  .describe('What is left out although no rule says so.')

/** Configuration of `ebpf_http`. */
export const ebpfHttpConfig = z.strictObject({
  select: selectRules,
  exclude: excludeRules,
  default_exclude: defaultExclude,
  queue_time: z
    .boolean()
    .default(true)
    .describe(
      'Tell how long requests waited until the server read them, and which thread read. It is what ' +
        'costs the most for what it tells: a program that runs at each read of a TCP socket.',
    ),
  ring_buffer_mib: z
    .union([
      z.literal(1),
      z.literal(2),
      z.literal(4),
      z.literal(8),
      z.literal(16),
      z.literal(32),
      z.literal(64),
    ])
    .default(8)
    .describe(
      'Size of the ring buffer between kernel and agent, a power of two. 8 MiB hold about 32,000 ' +
        'exchanges, a third of a second at 100,000 a second.',
    ),
})
/** Configuration of `ebpf_http`, parsed. */
export type EbpfHttpConfig = z.output<typeof ebpfHttpConfig>
