import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import type { Format } from '../../src/telemetry/exposition_format.ts'
import type { PrometheusConfig } from './config.ts'
import { metricName, type NamingOptions } from '../../src/helpers/prometheus_name.ts'
import { renderPage } from './render.ts'
import { MetricsServer } from './server.ts'
import { Store } from './store.ts'

/** Keeps the latest value of every series, and tells them to whoever scrapes. */
export class PrometheusExporter implements Exporter {
  readonly #settings: Settings
  readonly #config: PrometheusConfig
  readonly #store: Store
  readonly #server: MetricsServer
  readonly #drops: DropLog
  readonly #targetName: string
  #ended = false

  constructor(settings: Settings, config: PrometheusConfig, clock: Clock = systemClock) {
    const { log, counters } = settings
    this.#settings = settings
    this.#config = config
    this.#store = storeOf(config, clock)
    const render = (format: Format) => this.#render(format)
    const page = { render, openMetrics: config.enable_open_metrics }
    this.#server = new MetricsServer(page, log, clock)
    this.#drops = new DropLog(log, counters, clock)
    this.#targetName = metricName(TARGET, namingOf(config))
  }

  /** Begins to listen; rejects when the address cannot be had. */
  async start(): Promise<void> {
    const url = await this.#server.start(this.#config)
    this.#settings.log.info({ url }, 'Serving metrics.')
  }

  async export(batch: Batch): Promise<Outcome> {
    if (this.#ended) return { kind: 'refused', reason: 'shutdown' }
    // The graph lets no other kinds come here.
    this.#add(batch as Metrics)
    return ACCEPTED
  }

  #add(batch: Metrics): void {
    const { counters } = this.#settings
    counters.countIn(batch.itemCount)
    let taken = batch.itemCount
    for (const [reason, { items, metric }] of this.#store.add(batch)) {
      taken -= items
      this.#drops.drop(reason, items, { metric })
    }
    counters.countOut(taken)
    if (taken === batch.itemCount) this.#drops.calm()
  }

  async shutdown(): Promise<void> {
    this.#ended = true
    await this.#server.shutdown()
    this.#drops.end()
  }

  #render(format: Format): Iterable<string> {
    const timestamps = this.#config.send_timestamps
    return renderPage(this.#store, { format, timestamps, targetName: this.#targetName })
  }
}

const TARGET = { name: 'target', unit: '', type: 'gauge', isGauge: false } as const

function namingOf(config: PrometheusConfig): NamingOptions {
  return { namespace: config.namespace, suffixes: config.add_metric_suffixes }
}

function storeOf(config: PrometheusConfig, clock: Clock): Store {
  return new Store({
    naming: namingOf(config),
    labels: {
      constLabels: config.const_labels,
      resourceAttributes: config.resource_to_telemetry_conversion.enabled,
    },
    expirationMs: config.metric_expiration,
    clock,
  })
}
