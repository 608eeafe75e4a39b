import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import type { Metric } from '../../src/pdata/metrics.ts'
import { metricsOf } from '../../src/pdata/metrics_for_tests.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { prometheusConfig } from './config.ts'
import { PrometheusExporter } from './exporter.ts'

/** A scope without name and version, which gives no labels. */
export const NO_SCOPE: Scope = { name: '', version: '' }

/** An exporter that listens on a free port, its clock, counts and log, and a way to scrape it. */
export async function started(given: object = {}) {
  const { settings, logged } = settingsOf('prometheus')
  const clock = new FakeClock()
  const config = prometheusConfig.parse({ endpoint: '127.0.0.1:0', ...given })
  const exporter = new PrometheusExporter(settings, config, clock)
  atEnd('exporter', () => exporter.shutdown())
  await exporter.start()
  const [line] = logged.splice(0)
  const url = line!.replace('info  Serving metrics. url=', '')
  const { counters } = settings
  return {
    exporter,
    clock,
    logged,
    url,
    counts: () => [counters.in, counters.out, Object.fromEntries(counters.dropped)],
    /** Exports metrics of one resource, without a scope. */
    take: async (resource: Resource, ...metrics: Metric[]) => {
      await exporter.export(metricsOf(metrics, resource, NO_SCOPE))
    },
    scrape: (accept = 'text/plain') => scrape(url, { accept }),
  }
}

/** The page's lines, uncompressed. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } })
  const text = await response.text()
  return text.split('\n').slice(0, -1)
}

/** The lines of samples, without HELP, TYPE and UNIT. */
export const samplesOf = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('#'))
