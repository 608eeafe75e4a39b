import type { Meter } from '../telemetry/meter.ts'
import type { ScraperCounts } from './scraper.ts'

/** Registers what scrapers count: under the Collector's names, and the scrapes that were left out. */
export function registerScrapeMetrics(
  meter: Meter,
  scrapers: readonly ScraperCounts[],
  timer: { readonly skipped: number },
): void {
  const unit = '{datapoint}'
  meter.counter(
    {
      name: 'otelcol_scraper_scraped_metric_points',
      description: 'Data points that were read, by scraper.',
      unit,
    },
    (observe) => {
      for (const { name, scraped } of scrapers) observe(scraped, { scraper: name })
    },
  )
  meter.counter(
    {
      name: 'otelcol_scraper_errored_metric_points',
      description: 'Metrics that could not be read, by scraper.',
      unit,
    },
    (observe) => {
      for (const { name, errored } of scrapers) observe(errored, { scraper: name })
    },
  )
  meter.counter(
    {
      name: 'waggle.scraper.skipped',
      description: 'Scrapes that were left out because the one before was still under way.',
      unit: '{scrape}',
    },
    (observe) => observe(timer.skipped),
  )
}
