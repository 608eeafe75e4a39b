import { randomUUID } from 'node:crypto'
import type { ComponentRegistry } from '../component/registry.ts'
import { formatEndpoint, resourceAttributes } from '../config/index.ts'
import type { TelemetryConfig } from '../config/index.ts'
import { describeError } from '../component/errors.ts'
import { PageServer, text } from '../helpers/page_server.ts'
import type { AgentMetrics } from '../telemetry/agent_metrics.ts'
import { registerComponentMetrics } from '../telemetry/component_metrics.ts'
import type { Counters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { NO_METERS, type MetricAttributes, type Meters } from '../telemetry/meter.ts'
import { MetricRegistry, type CollectedMetric } from '../telemetry/metric_registry.ts'
import { CONTENT_TYPES, formatFor, takesText, type Format } from '../telemetry/exposition_format.ts'
import type { MetricView } from '../telemetry/metric_views.ts'
import type { PageStyle } from '../telemetry/prometheus_text.ts'
import { registerProcessMetrics } from '../telemetry/process_metrics.ts'
import { metricReaders, type PageReader, type PushReader } from './metric_readers.ts'
import { MetricPush } from './metric_push.ts'

/** The path of a page for Prometheus. */
const METRICS_PATH = '/metrics'

/** The agent's own metrics while it runs. */
export interface RunningMetrics {
  /** Where components register theirs. */
  readonly meters: Meters
  /** Every metric as it stands. */
  collect(): readonly CollectedMetric[]
  /** Sends them for the last time, and ends pages and exporters. */
  shutdown(): Promise<void>
}

/** What the metrics are about. */
export interface MetricsOptions {
  readonly telemetry: TelemetryConfig
  readonly counters: Counters
  readonly log: Logger
  /** Has the exporters that send them. */
  readonly registry: ComponentRegistry
  /** This build of Waggle. */
  readonly version: string
}

/**
 * Begins to keep the agent's metrics, to serve and to send them. Rejects when an address that is
 * configured cannot be had; the default address may be taken, which is only said.
 */
export async function startMetrics(options: MetricsOptions): Promise<RunningMetrics> {
  const { level, views } = options.telemetry.metrics
  if (level === 'none') {
    return { meters: NO_METERS, collect: () => [], shutdown: async () => {} }
  }
  const registry = new MetricRegistry(level, views.map(viewOf))
  const meter = registry.meter()
  registerProcessMetrics(meter)
  registerComponentMetrics(meter, options.counters)
  const shutdown = await startReaders(registry, options)
  return { meters: registry, collect: () => registry.collect().metrics, shutdown }
}

async function startReaders(
  registry: MetricRegistry,
  options: MetricsOptions,
): Promise<() => Promise<void>> {
  const { telemetry, log, version } = options
  const readers = metricReaders(telemetry.metrics, version)
  const pushes = readers.filter((one): one is PushReader => one.kind === 'push')
  const pages = readers.filter((one): one is PageReader => one.kind === 'page')
  const senders = pushes.map((one) => ({ ...one, sender: new MetricPush(one, options) }))
  for (const { sender } of senders) await sender.start()
  // Loaded only now: an agent that keeps no metrics needs no SDK.
  const sdk = await import('../telemetry/agent_metrics.ts')
  const metrics = new sdk.AgentMetrics(
    registry,
    agentResource(telemetry, version),
    senders.map(({ sender, intervalMs, timeoutMs }) => {
      return { push: (batch) => sender.push(batch), intervalMs, timeoutMs }
    }),
  )
  const servers: PageServer[] = []
  for (const page of pages) servers.push(await servePage(page, metrics, log))
  for (const { protocol, target, intervalMs } of pushes) {
    const { endpoint } = target
    log.info({ protocol, endpoint, interval_ms: intervalMs }, 'Sending metrics.')
  }
  return async () => {
    for (const server of servers) await server.shutdown()
    await metrics.shutdown()
    for (const { sender } of senders) await sender.shutdown()
  }
}

async function servePage(
  { endpoint, style, key }: PageReader,
  metrics: Pick<AgentMetrics, 'collect'>,
  log: Logger,
): Promise<PageServer> {
  const { prometheusText } = await import('../telemetry/prometheus_text.ts')
  const server = new PageServer({
    log,
    answer: async ({ path, accept }) => {
      if (path !== METRICS_PATH) return text(404, `The metrics are at ${METRICS_PATH}.\n`)
      const result = await metrics.collect()
      for (const error of result.errors) log.debug({ err: error }, 'A metric could not be read.')
      const format = pageFormat(accept, style)
      const body = prometheusText(result, style, format)
      return { status: 200, contentType: CONTENT_TYPES[format], body }
    },
  })
  try {
    log.info({ url: `${await server.start(endpoint)}${METRICS_PATH}` }, 'Serving metrics.')
  } catch (error) {
    const { cause = error } = error as Error
    const what = `serve metrics on ${formatEndpoint(endpoint)}`
    if (key !== undefined) throw new Error(`${what} (${key})`, { cause })
    const fields = { error: describeError(cause) }
    log.warn(fields, 'No metrics page: its default address cannot be had.')
  }
  return server
}

/**
 * Without `_total` counters have no type in OpenMetrics: it is for whoever takes nothing else then, so
 * that Prometheus, which takes both, keeps their types.
 */
function pageFormat(accept: string, { typeSuffix = false }: PageStyle): Format {
  return formatFor(accept, typeSuffix || !takesText(accept))
}

function viewOf({ selector, stream }: TelemetryConfig['metrics']['views'][number]): MetricView {
  const { instrument_name: name, instrument_type: type, unit, meter_name } = selector
  const { aggregation, attribute_keys } = stream
  return {
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type: type.endsWith('counter') ? 'counter' : 'gauge' }),
    ...(unit !== undefined && { unit }),
    // There is one scope, so a view of another one is about nothing.
    ...(meter_name !== undefined && meter_name !== 'waggle' && { name: '' }),
    drop: aggregation !== undefined && 'drop' in aggregation,
    ...(attribute_keys?.included && { included: attribute_keys.included }),
    ...(attribute_keys?.excluded && { excluded: attribute_keys.excluded }),
  }
}

/** What the agent says it is; the configured attributes have the last word, and null takes away. */
export function agentResource({ resource }: TelemetryConfig, version: string): MetricAttributes {
  const all = {
    'service.name': 'waggle',
    'service.version': version,
    'service.instance.id': randomUUID(),
    ...resourceAttributes(resource),
  }
  const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  return Object.fromEntries(kept)
}
