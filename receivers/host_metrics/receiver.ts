import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { ScrapeReceiver } from '../../src/helpers/scrape_receiver.ts'
import type { Scraper } from '../../src/helpers/scraper.ts'
import type { HostMetricsConfig } from './config.ts'
import { cpuScraper } from './cpu.ts'
import { diskScraper } from './disk.ts'
import { filesystemScraper } from './filesystem.ts'
import { Host } from './host.ts'
import { loadScraper } from './load.ts'
import { memoryScraper } from './memory.ts'
import { networkScraper } from './network.ts'
import { pagingScraper } from './paging.ts'
import { processesScraper } from './processes.ts'

/** Scrapes what the configuration names of the host. */
export class HostMetricsReceiver extends ScrapeReceiver {
  constructor(settings: Settings, config: HostMetricsConfig, clock?: Clock) {
    const { collection_interval, initial_delay, root_path } = config
    const host = new Host({ rootPath: root_path, version: settings.version })
    const scrapers = scrapersOf(config.scrapers, host)
    super(settings, { collection_interval, initial_delay, scrapers, ...(clock && { clock }) })
  }
}

/** The scrapers that are configured. */
export function scrapersOf(scrapers: HostMetricsConfig['scrapers'], host: Host): Scraper[] {
  const { cpu, load, memory, disk, filesystem, network, paging, processes } = scrapers
  return [
    cpu && cpuScraper(cpu, host),
    load && loadScraper(load, host),
    memory && memoryScraper(memory, host),
    disk && diskScraper(disk, host),
    filesystem && filesystemScraper(filesystem, host),
    network && networkScraper(network, host),
    paging && pagingScraper(paging, host),
    processes && processesScraper(processes, host),
  ].filter((one) => one !== undefined)
}
