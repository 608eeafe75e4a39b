import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { ScrapeReceiver } from '../../src/helpers/scrape_receiver.ts'
import type { ContainerStatsConfig } from './config.ts'
import { ContainerScraper, type ContainerSources } from './scraper.ts'

/** Scrapes all containers at each beat. */
export class ContainerStatsReceiver extends ScrapeReceiver {
  constructor(
    settings: Settings,
    config: ContainerStatsConfig,
    { clock, ...sources }: ContainerSources & { readonly clock?: Clock } = {},
  ) {
    const { collection_interval, initial_delay } = config
    const scraper = new ContainerScraper(config, settings.version, sources)
    const scrapers = [scraper]
    super(settings, { collection_interval, initial_delay, scrapers, ...(clock && { clock }) })
    settings.meter.counter(
      {
        name: 'waggle.container_stats.gone',
        description: 'Cgroups that disappeared while they were looked at.',
        unit: '{cgroup}',
      },
      (observe) => observe(scraper.gone),
    )
  }
}
