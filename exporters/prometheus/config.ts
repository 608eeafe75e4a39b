import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { listenEndpoint } from '../../src/config/endpoint.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'

/** `exporters.prometheus`: the keys of the Collector's exporter. Durations are milliseconds. */
export const prometheusConfig = z.strictObject({
  endpoint: listenEndpoint()
    .prefault('127.0.0.1:9464')
    .describe('Where to listen: host:port. The metrics are at `/metrics`.'),
  tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
  namespace: z.string().default('').describe('Put in front of every name, with `_`.'),
  const_labels: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe('Labels of every series, such as `cluster: eu-1`.'),
  send_timestamps: z
    .boolean()
    .default(false)
    .describe('Tell when each value was taken, instead of leaving that to the scrape.'),
  metric_expiration: duration({ min: '1s' })
    .prefault('5m')
    .describe('A series that nothing came for in this long is forgotten.'),
  resource_to_telemetry_conversion: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe('Make every attribute of the resource a label of its series.'),
    })
    .prefault({})
    .describe('Where the attributes of resources go, beside `target_info`.'),
  enable_open_metrics: z
    .boolean()
    .default(false)
    .describe('Answer in OpenMetrics, exemplars included, whoever prefers it.'),
  add_metric_suffixes: z
    .boolean()
    .default(true)
    .describe('Add unit and type to names: `_seconds`, `_bytes`, `_ratio`, `_total`.'),
})
/** The parsed form of `exporters.prometheus`. */
export type PrometheusConfig = z.output<typeof prometheusConfig>
