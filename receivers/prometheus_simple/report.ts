import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Metric } from '../../src/pdata/metrics.ts'

/** How a scrape went. */
export interface ScrapeReport {
  readonly up: boolean
  readonly seconds: number
  readonly samples: number
  /** Series that the scrape before did not have. */
  readonly added: number
}

interface ReportRow {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly read: (report: ScrapeReport) => number
}

const ROWS: readonly ReportRow[] = [
  {
    name: 'up',
    description: 'The scraping was successful',
    unit: '',
    read: ({ up }) => (up ? 1 : 0),
  },
  {
    name: 'scrape_duration_seconds',
    description: 'Duration of the scrape',
    unit: 's',
    read: ({ seconds }) => seconds,
  },
  {
    name: 'scrape_samples_scraped',
    description: 'The number of samples the target exposed',
    unit: '',
    read: ({ samples }) => samples,
  },
  {
    name: 'scrape_samples_post_metric_relabeling',
    description: 'The number of samples remaining after metric relabeling was applied',
    unit: '',
    read: ({ samples }) => samples,
  },
  {
    name: 'scrape_series_added',
    description: 'The approximate number of new series in this scrape',
    unit: '',
    read: ({ added }) => added,
  },
]

/** The metrics that Prometheus makes of every scrape. */
export function reportMetrics(
  report: ScrapeReport,
  attributes: Attributes,
  timeNs: bigint,
): Metric[] {
  return ROWS.map(({ read, ...texts }) => {
    const value = read(report)
    const point = { attributes, startNs: 0n, timeNs, exemplars: [], value, isDouble: true }
    const metadata = { 'prometheus.type': 'gauge' }
    return { ...texts, metadata, data: { type: 'gauge', points: [point] } }
  })
}
