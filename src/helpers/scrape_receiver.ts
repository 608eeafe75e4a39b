import { type Observable, Subject } from 'rxjs'
import type { Receiver } from '../component/component.ts'
import { countedDelivery } from '../component/counted_delivery.ts'
import { describeError } from '../component/errors.ts'
import type { Settings } from '../component/settings.ts'
import type { Batch } from '../pdata/batch.ts'
import { type MetricGroup, Metrics, pointCountOf } from '../pdata/metrics.ts'
import { type Clock, systemClock } from './clock.ts'
import { Episode } from './episode.ts'
import { registerScrapeMetrics } from './scrape_metrics.ts'
import { ScrapeTimer } from './scrape_timer.ts'
import type { Scraped, ScrapeFailure, Scraper, ScraperCounts } from './scraper.ts'

/** What a scraping receiver depends on. Times are milliseconds. */
export interface ScrapeReceiverOptions {
  readonly collection_interval: number
  readonly initial_delay: number
  readonly scrapers: readonly Scraper[]
  /** Whether what came since the last beat is told at shutdown. */
  readonly scrapesAtEnd?: boolean
  readonly clock?: Clock
}

interface Running {
  readonly scraper: Scraper
  readonly counts: ScraperCounts
  readonly failing: Episode
  lastError: unknown
}

/** Asks its scrapers one after the other at each beat; what they bring leaves as one batch. */
export class ScrapeReceiver implements Receiver {
  readonly batches$: Observable<Batch>
  readonly #settings: Settings
  readonly #running: readonly Running[]
  readonly #timer: ScrapeTimer
  readonly #scrapesAtEnd: boolean
  readonly #batches = new Subject<Batch>()
  #ending: Promise<void> | undefined

  constructor(settings: Settings, options: ScrapeReceiverOptions) {
    const { collection_interval, initial_delay, scrapers, clock = systemClock } = options
    this.#settings = settings
    this.#scrapesAtEnd = options.scrapesAtEnd ?? false
    this.batches$ = this.#batches.asObservable()
    this.#running = scrapers.map((scraper) => this.#prepare(scraper, clock))
    this.#timer = new ScrapeTimer({
      interval: collection_interval,
      initialDelay: initial_delay,
      scrape: () => this.#scrape(),
      clock,
    })
    const counts = this.#running.map((one) => one.counts)
    registerScrapeMetrics(settings.meter, counts, this.#timer)
  }

  async start(): Promise<void> {
    this.#timer.start()
  }

  async shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    await this.#timer.stop()
    if (this.#scrapesAtEnd) await this.#scrape()
    for (const { failing } of this.#running) failing.end()
    this.#batches.complete()
  }

  #prepare(scraper: Scraper, clock: Clock): Running {
    const { log } = this.#settings
    const counts = { name: scraper.name, scraped: 0, errored: 0 }
    const running: Running = {
      scraper,
      counts,
      lastError: undefined,
      failing: new Episode(
        {
          begins: () =>
            log.error(
              { scraper: scraper.name, reason: describeError(running.lastError) },
              'Some metrics cannot be read.',
            ),
          ends: (metrics) =>
            log.info({ scraper: scraper.name, metrics }, 'Metrics can be read again.'),
        },
        { clock, quietMs: 0 },
      ),
    }
    return running
  }

  async #scrape(): Promise<void> {
    const groups: MetricGroup[] = []
    for (const running of this.#running) groups.push(...(await this.#ask(running)))
    const points = sumOfPoints(groups)
    if (points === 0) return
    const { counters } = this.#settings
    counters.countIn(points)
    this.#batches.next(new Metrics(groups, countedDelivery(counters, points)))
  }

  async #ask(running: Running): Promise<readonly MetricGroup[]> {
    const { groups, failures } = await scrapeOf(running.scraper)
    running.counts.scraped += sumOfPoints(groups)
    this.#tell(running, failures)
    return groups.filter(({ metrics }) => metrics.length > 0)
  }

  #tell(running: Running, failures: readonly ScrapeFailure[]): void {
    if (failures.length === 0) return running.failing.calm()
    const metrics = failures.reduce((sum, failure) => sum + failure.metrics, 0)
    running.counts.errored += metrics
    running.lastError = failures[0]?.error
    running.failing.add(metrics)
  }
}

async function scrapeOf(scraper: Scraper): Promise<Scraped> {
  try {
    return await scraper.scrape()
  } catch (error) {
    return { groups: [], failures: [{ metrics: 1, error }] }
  }
}

function sumOfPoints(groups: readonly MetricGroup[]): number {
  let sum = 0
  for (const { metrics } of groups) for (const metric of metrics) sum += pointCountOf(metric)
  return sum
}
