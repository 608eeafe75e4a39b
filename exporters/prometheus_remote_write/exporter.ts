import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { sendingQueueConfig } from '../../src/helpers/sending_config.ts'
import type { SendingQueue } from '../../src/helpers/sending_queue.ts'
import { SendingSetup } from '../../src/helpers/sending_setup.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { makeBundle, type BundleOptions } from './bundle.ts'
import { STRATEGIES, type PrometheusRemoteWriteConfig } from './config.ts'
import { WriteMetrics } from './metrics.ts'
import { Translator, type TranslateOptions, type Translated } from './translate.ts'
import { WriteTransport } from './transport.ts'

/** Writes batches of metrics to an endpoint of Prometheus' Remote Write. */
export class PrometheusRemoteWriteExporter implements Exporter {
  readonly #settings: Settings
  readonly #translator: Translator
  readonly #bundling: BundleOptions
  readonly #metrics: WriteMetrics
  readonly #transport: WriteTransport
  readonly #queue: SendingQueue
  readonly #drops: DropLog
  readonly #out = new ProtoWriter()

  constructor(settings: Settings, config: PrometheusRemoteWriteConfig, clock?: Clock) {
    this.#settings = settings
    this.#translator = new Translator(translating(config))
    this.#bundling = {
      version: config.protobuf_message === 'prometheus.WriteRequest' ? 1 : 2,
      maxBytes: config.max_batch_size_bytes,
      sendMetadata: config.send_metadata,
    }
    this.#metrics = new WriteMetrics(settings.meter)
    this.#transport = new WriteTransport(settings, config, this.#metrics, clock)
    this.#queue = queueOf(settings, config, this.#transport)
    this.#drops = new DropLog(settings.log, settings.counters, clock)
  }

  /** An endpoint that refuses is no reason not to start: it is tried again later. */
  async start(): Promise<void> {
    await this.#transport.start()
    await this.#queue.start()
  }

  async export(batch: Batch): Promise<Outcome> {
    const refusal = this.#queue.refusal(batch.itemCount)
    if (refusal) return refusal
    // The graph lets no other kinds come here.
    const translated = this.#translator.translate(batch as Metrics)
    const { series } = translated
    this.#metrics.translated += series.length
    const dropped = droppedIn(translated)
    const items = batch.itemCount - dropped
    const body = makeBundle(series, this.#bundling, this.#out)
    const outcome = await this.#queue.offer(items > 0 ? [{ body, items }] : [])
    if (outcome.kind === 'accepted') this.#drop(translated, dropped)
    return outcome
  }

  async shutdown(): Promise<void> {
    await this.#queue.shutdown()
    this.#drops.end()
    this.#transport.close()
  }

  #drop({ drops }: Translated, dropped: number): void {
    this.#settings.counters.countIn(dropped)
    for (const [reason, { items, metric }] of drops) this.#drops.drop(reason, items, { metric })
    if (dropped === 0) this.#drops.calm()
  }
}

function droppedIn({ drops }: Translated): number {
  let sum = 0
  for (const { items } of drops.values()) sum += items
  return sum
}

function translating(config: PrometheusRemoteWriteConfig): TranslateOptions {
  const { namespace, add_metric_suffixes, translation_strategy: strategy } = config
  const { enabled, exclude_service_attributes } = config.resource_to_telemetry_conversion
  const { utf8, suffixes } = strategy
    ? STRATEGIES[strategy]
    : { utf8: false, suffixes: add_metric_suffixes }
  return {
    naming: { namespace, suffixes, utf8 },
    labels: {
      constLabels: config.external_labels,
      constLabelsYield: true,
      resourceAttributes: enabled,
      withoutServiceAttributes: exclude_service_attributes,
      withoutScope: config.disable_scope_info,
      utf8,
    },
    targetInfo: config.target_info.enabled,
  }
}

/** One request after the other, so that the samples of a series stay in order. */
function queueOf(
  settings: Settings,
  config: PrometheusRemoteWriteConfig,
  transport: WriteTransport,
): SendingQueue {
  const { enabled, queue_size, storage } = config.remote_write_queue
  const sending_queue = {
    ...sendingQueueConfig.parse({}),
    enabled,
    queue_size,
    num_consumers: 1,
    storage,
  }
  const { timeout, retry_on_failure } = config
  const setup = new SendingSetup(settings, { timeout, retry_on_failure, sending_queue }, Infinity)
  return setup.queue({
    kind: 'metrics',
    send: (body, attempt) => transport.send(body, attempt),
  })
}
