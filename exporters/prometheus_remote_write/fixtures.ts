import { settingsOf } from '../../src/helpers/fixtures.ts'
import type { Metric } from '../../src/pdata/metrics.ts'
import { metricsOf } from '../../src/pdata/metrics_for_tests.ts'
import { Resource, type Scope } from '../../src/pdata/resource.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { startRemoteWriteSink, type WriteAnswer } from '../../test/kit/remote_write_sink.ts'
import { prometheusRemoteWriteConfig } from './config.ts'
import { PrometheusRemoteWriteExporter } from './exporter.ts'

/** The name of the message of version 2. */
export const V2 = 'io.prometheus.write.v2.Request'
const NO_SCOPE: Scope = { name: '', version: '' }
const NOBODY = new Resource({})

/** A started exporter and the sink that it writes to, which gives `answers` in turn. */
export async function writing(given: object = {}, answers: WriteAnswer[] = []) {
  const sink = await startRemoteWriteSink(answers)
  const { settings, logged } = settingsOf('prometheus_remote_write')
  const quick = { initial_interval: '1ms', max_interval: '2ms' }
  const config = prometheusRemoteWriteConfig.parse({
    endpoint: sink.url,
    retry_on_failure: quick,
    ...given,
  })
  const exporter = new PrometheusRemoteWriteExporter(settings, config)
  atEnd('exporter', () => exporter.shutdown())
  await exporter.start()
  const { counters } = settings
  return {
    sink,
    exporter,
    logged,
    counts: () => [counters.in, counters.out, Object.fromEntries(counters.dropped)],
    /** Writes metrics of a resource, without a scope, and waits until all is over. */
    write: async (metrics: readonly Metric[], resource: Resource = NOBODY, scope = NO_SCOPE) => {
      const outcome = await exporter.export(metricsOf(metrics, resource, scope))
      await exporter.shutdown()
      return outcome
    },
  }
}
