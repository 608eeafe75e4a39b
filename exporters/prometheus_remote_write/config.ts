import { z } from 'zod'
import { extensionId } from '../../src/config/extension_reference.ts'
import { authConfig } from '../../src/helpers/client_auth_config.ts'
import { clientHeaders } from '../../src/helpers/headers.ts'
import { httpUrl } from '../../src/helpers/http_url.ts'
import { retryConfigFrom, timeoutConfig } from '../../src/helpers/sending_config.ts'
import { tlsClientConfig } from '../../src/helpers/tls_client_config.ts'

/** The messages that can be sent, by their names in the protocol. */
export const MESSAGES = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const

/** How names are translated: whether they keep what only UTF-8 names may have, and get suffixes. */
export const STRATEGIES = {
  UnderscoreEscapingWithSuffixes: { utf8: false, suffixes: true },
  UnderscoreEscapingWithoutSuffixes: { utf8: false, suffixes: false },
  NoUTF8EscapingWithSuffixes: { utf8: true, suffixes: true },
  NoTranslation: { utf8: true, suffixes: false },
} as const

const strategies = Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[]

const queueConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Without a queue a batch is held by whoever sent it until it was written.'),
    queue_size: z
      .int()
      .default(10_000)
      .refine((size) => size > 0, { error: 'a 0 size queue will drop all the data' })
      .describe('How many batches may wait.'),
    num_consumers: z
      .int()
      .min(1)
      .default(5)
      .describe(
        'How many requests of one batch are sent at the same time. Batches are sent one after the other, so that the samples of a series stay in order.',
      ),
    storage: extensionId()
      .optional()
      .describe(
        'Id of a storage extension, such as `file_storage`: what waits is kept there and outlives the agent.',
      ),
  })
  .prefault({})
  .describe('The bounded queue in front of the destination.')

/** `exporters.prometheus_remote_write`: the keys of the Collector's exporter. Durations are milliseconds. */
export const prometheusRemoteWriteConfig = z
  .strictObject({
    endpoint: httpUrl().describe('Where to write to, such as `https://host:9090/api/v1/write`.'),
    protobuf_message: z
      .enum(MESSAGES)
      .default('prometheus.WriteRequest')
      .describe('Remote Write 1.0 or 2.0, which has metadata, units and start times of its own.'),
    tls: tlsClientConfig.describe('Transport security, for URLs that begin with `https://`.'),
    headers: clientHeaders,
    auth: authConfig,
    proxy_url: httpUrl()
      .optional()
      .describe('The proxy to use; `http_proxy`, `https_proxy` and `no_proxy` if not given.'),
    timeout: timeoutConfig,
    namespace: z.string().default('').describe('Put in front of every name, with `_`.'),
    external_labels: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('Labels of every series that has no such label itself, such as `cluster: eu-1`.'),
    add_metric_suffixes: z
      .boolean()
      .default(true)
      .describe(
        'Add unit and type to names: `_seconds`, `_total`. `translation_strategy` comes first.',
      ),
    translation_strategy: z
      .enum(strategies)
      .optional()
      .describe(
        'How names become those of Prometheus. Names with dots, as the last two keep them, need Remote Write 2.0.',
      ),
    resource_to_telemetry_conversion: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe('Make every attribute of the resource a label of its series.'),
        exclude_service_attributes: z
          .boolean()
          .default(false)
          .describe('Leave out those that are `job` and `instance` already.'),
      })
      .prefault({})
      .describe('Where the attributes of resources go, beside `target_info`.'),
    target_info: z
      .strictObject({
        enabled: z
          .boolean()
          .default(true)
          .describe('Write `target_info`, which has the attributes of resources.'),
      })
      .prefault({})
      .describe('The series that tells about resources.'),
    disable_scope_info: z
      .boolean()
      .default(false)
      .describe('Leave out the labels `otel_scope_name`, `otel_scope_version` and their likes.'),
    send_metadata: z
      .boolean()
      .default(false)
      .describe('Send type, unit and description with Remote Write 1.0; 2.0 always does.'),
    max_batch_size_bytes: z
      .int()
      .min(1)
      .default(3_000_000)
      .describe(
        'Largest request before compression; larger batches are split. A series that is larger by itself is sent alone.',
      ),
    max_batch_request_parallelism: z
      .int()
      .min(1)
      .optional()
      .describe('The same as `remote_write_queue.num_consumers`, and comes before it.'),
    remote_write_queue: queueConfig,
    retry_on_failure: retryConfigFrom('50ms'),
  })
  .refine(
    ({ translation_strategy: strategy, protobuf_message }) =>
      !strategy || !STRATEGIES[strategy].utf8 || protobuf_message !== 'prometheus.WriteRequest',
    {
      path: ['translation_strategy'],
      error: ({ input }) =>
        `\`${(input as { translation_strategy: string }).translation_strategy}\` needs protobuf_message: io.prometheus.write.v2.Request, as Remote Write 1.0 has no UTF-8 names`,
    },
  )

/** The parsed form of `exporters.prometheus_remote_write`. */
export type PrometheusRemoteWriteConfig = z.output<typeof prometheusRemoteWriteConfig>
