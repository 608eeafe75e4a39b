import { randomUUID } from 'node:crypto'
import { formatEndpoint } from '../config/index.ts'
import type { Endpoint, TelemetryConfig } from '../config/index.ts'
import { registerComponentMetrics } from '../telemetry/component_metrics.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { NO_METERS, type MetricAttributes, type Meters } from '../telemetry/meter.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { registerProcessMetrics } from '../telemetry/process_metrics.ts'

/** Where the metrics are while nothing else is configured: the Collector's own address. */
export const DEFAULT_METRICS_ENDPOINT: Endpoint = { host: '127.0.0.1', port: 8888 }

/** The agent's own metrics while it runs. */
export interface RunningMetrics {
  /** Where components register theirs. */
  readonly meters: Meters
  /** Ends the page. */
  shutdown(): Promise<void>
}

/** What the metrics are about. */
export interface MetricsOptions {
  readonly telemetry: TelemetryConfig
  readonly counters: Counters
  readonly log: Logger
  /** This build of Waggle. */
  readonly version: string
}

/**
 * Begins to keep and serve the agent's metrics. Rejects when an address that is configured cannot be
 * had; the default address may be taken, which is only said.
 */
export async function startMetrics(options: MetricsOptions): Promise<RunningMetrics> {
  const { level } = options.telemetry.metrics
  if (level === 'none') return { meters: NO_METERS, shutdown: async () => {} }
  const registry = new MetricRegistry(level)
  const meter = registry.meter()
  registerProcessMetrics(meter)
  registerComponentMetrics(meter, options.counters)
  return { meters: registry, shutdown: await servePage(registry, options) }
}

async function servePage(
  registry: MetricRegistry,
  { telemetry, log, version }: MetricsOptions,
): Promise<() => Promise<void>> {
  // Loaded only now: an agent that keeps no metrics needs no SDK.
  const { AgentMetrics } = await import('../telemetry/agent_metrics.ts')
  const { MetricsPage } = await import('../telemetry/metrics_page.ts')
  const { PROMETHEUS_CONTENT_TYPE, prometheusText } =
    await import('../telemetry/prometheus_text.ts')
  const metrics = new AgentMetrics(registry, agentResource(telemetry, version))
  const page = new MetricsPage(async () => {
    const result = await metrics.collect()
    for (const error of result.errors) log.debug({ err: error }, 'A metric could not be read.')
    return { contentType: PROMETHEUS_CONTENT_TYPE, text: prometheusText(result) }
  })
  await listen(page, telemetry.metrics.endpoint, log)
  return async () => {
    await page.shutdown()
    await metrics.shutdown()
  }
}

async function listen(
  page: { start(endpoint: Endpoint): Promise<string> },
  endpoint: Endpoint | undefined,
  log: Logger,
): Promise<void> {
  const wanted = endpoint ?? DEFAULT_METRICS_ENDPOINT
  try {
    log.info({ url: await page.start(wanted) }, 'Serving metrics.')
  } catch (cause) {
    const what = `serve metrics on ${formatEndpoint(wanted)}`
    if (endpoint) throw new Error(`${what} (service.telemetry.metrics.endpoint)`, { cause })
    const error = cause instanceof Error ? cause.message : String(cause)
    log.warn({ error }, 'No metrics page: its default address cannot be had.')
  }
}

/** What the agent says it is; the configured attributes have the last word. */
function agentResource({ resource }: TelemetryConfig, version: string): MetricAttributes {
  return {
    'service.name': 'waggle',
    'service.version': version,
    'service.instance.id': randomUUID(),
    ...resource,
  }
}
