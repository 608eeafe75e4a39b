import { setMaxListeners } from 'node:events'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { HttpClient } from '../../src/helpers/http_client.ts'
import { ScrapeReceiver } from '../../src/helpers/scrape_receiver.ts'
import type { Scraped, Scraper } from '../../src/helpers/scraper.ts'
import { originOf, type PrometheusSimpleConfig } from './config.ts'
import { Target, type TargetFacts } from './target.ts'

const MIB = 1024 * 1024
/** A scrape takes no longer than this unless told otherwise; Prometheus' default. */
const TIMEOUT_MS = 10_000

/** Scrapes targets, all at the same time. */
export class PrometheusSimpleReceiver extends ScrapeReceiver {
  readonly #client: HttpClient
  readonly #abort: AbortController
  readonly #tls: boolean

  /** @param wallMs tells milliseconds since 1970 */
  constructor(
    settings: Settings,
    config: PrometheusSimpleConfig,
    clock?: Clock,
    wallMs: () => number = Date.now,
  ) {
    const client = new HttpClient(settings, config, clock)
    const abort = new AbortController()
    // Every request under way listens.
    setMaxListeners(0, abort.signal)
    const { collection_interval, initial_delay, timeout, sample_limit } = config
    const facts = targetsOf(config)
    const options = {
      client,
      scope: { name: 'waggle/prometheus_simple', version: settings.version },
      timeoutMs: timeout ?? Math.min(collection_interval, TIMEOUT_MS),
      maxBytes: config.body_size_limit_mib * MIB,
      sampleLimit: sample_limit,
      signal: abort.signal,
      wallMs,
    }
    const targets = facts.map((one) => new Target(one, options))
    const scrapers = [scraperOf(targets)]
    super(settings, { collection_interval, initial_delay, scrapers, ...(clock && { clock }) })
    this.#client = client
    this.#abort = abort
    this.#tls = facts.some(({ url }) => url.protocol === 'https:')
  }

  override async start(): Promise<void> {
    await this.#client.start({ tls: this.#tls })
    await super.start()
  }

  override async shutdown(): Promise<void> {
    this.#abort.abort()
    await super.shutdown()
    this.#client.close()
  }
}

function scraperOf(targets: readonly Target[]): Scraper {
  const scrape = async (): Promise<Scraped> => {
    const all = await Promise.all(targets.map((target) => target.scrape()))
    return {
      groups: all.flatMap(({ groups }) => groups),
      failures: all.flatMap(({ failures }) => failures),
    }
  }
  return { name: 'prometheus_simple', scrape }
}

/** Whom to ask: `endpoint`, and each of `targets`. */
export function targetsOf(config: PrometheusSimpleConfig): TargetFacts[] {
  const { endpoint, targets, metrics_path, params, labels, job_name } = config
  const scheme = config.tls.insecure ? 'http' : 'https'
  const first = endpoint === undefined ? [] : [{ endpoint, labels: {} }]
  return [...first, ...targets].map((target) => {
    const own: Partial<(typeof targets)[number]> = target
    // The schema has looked at it.
    const url = originOf(target.endpoint, scheme) as URL
    url.pathname = own.metrics_path ?? metrics_path
    for (const [key, value] of Object.entries(own.params ?? params)) {
      for (const one of [value].flat()) url.searchParams.append(key, one)
    }
    const job = own.job_name ?? job_name ?? `prometheus_simple/${target.endpoint}`
    return { url, job, labels: { ...labels, ...target.labels } }
  })
}
