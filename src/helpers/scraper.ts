import type { MetricGroup } from '../pdata/metrics.ts'

/** Metrics that could not be read. */
export interface ScrapeFailure {
  /** How many metrics are missing. */
  readonly metrics: number
  readonly error: unknown
}

/** What a scrape brought. */
export interface Scraped {
  readonly groups: readonly MetricGroup[]
  readonly failures: readonly ScrapeFailure[]
}

/** Reads values that somebody else keeps, each time it is asked. */
export interface Scraper {
  /** `cpu`, `containers`. */
  readonly name: string
  /**
   * Reads everything as it stands. A part that cannot be read is a failure beside the others; a
   * rejection means that nothing could be. What is gone by the time it is read is no failure.
   */
  scrape(): Promise<Scraped>
}

/** What a scraper has counted of its own work. */
export interface ScraperCounts {
  readonly name: string
  /** Data points that were read. */
  scraped: number
  /** Metrics that could not be read. */
  errored: number
}

/** Whether an error says that a file, a process or a cgroup is not there any more. */
export function isGone(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENODEV' || code === 'ENOTDIR'
}
