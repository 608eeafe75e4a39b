import type { Endpoint, TelemetryConfig } from '../config/index.ts'
import type { OtlpPushConfig, PrometheusReaderConfig, ReaderConfig } from '../config/index.ts'
import type { PageStyle } from '../telemetry/prometheus_text.ts'
import { patternOf } from '../telemetry/metric_views.ts'

/** Where the metrics are while nothing else is configured: the Collector's own address. */
export const DEFAULT_METRICS_ENDPOINT: Endpoint = { host: '127.0.0.1', port: 8888 }

/** A page for Prometheus. */
export interface PageReader {
  readonly kind: 'page'
  readonly endpoint: Endpoint
  readonly style: PageStyle
  /** The key that says so; undefined for the default, which may be taken by somebody else. */
  readonly key: string | undefined
}

/** Metrics that are sent. */
export interface PushReader {
  readonly kind: 'push'
  readonly protocol: OtlpPushConfig['protocol']
  readonly target: Omit<OtlpPushConfig, 'protocol'>
  readonly intervalMs: number
  readonly timeoutMs: number
  /** The key that says so. */
  readonly key: string
}

/** Who gets the agent's metrics, whichever of the ways they were configured in. */
export function metricReaders(
  { readers, endpoint, address }: TelemetryConfig['metrics'],
  version: string,
): (PageReader | PushReader)[] {
  const key = (name: string): string => `service.telemetry.metrics.${name}`
  if (readers) return readers.map((one, i) => readerOf(one, key(`readers[${i}]`), version))
  if (endpoint) return [{ kind: 'page', endpoint, style: {}, key: key('endpoint') }]
  if (address) return [{ kind: 'page', endpoint: address, style: {}, key: key('address') }]
  return [{ kind: 'page', endpoint: DEFAULT_METRICS_ENDPOINT, style: {}, key: undefined }]
}

function readerOf({ pull, periodic }: ReaderConfig, key: string, version: string) {
  if (pull) {
    const { prometheus, 'prometheus/development': newer } = pull.exporter
    // The schema has made sure of one of them.
    return pageOf((prometheus ?? newer) as PrometheusReaderConfig, key, version)
  }
  const { interval, timeout, exporter } = periodic as NonNullable<ReaderConfig['periodic']>
  const { otlp, otlp_http, otlp_grpc } = exporter
  const { protocol = otlp_grpc ? 'grpc' : 'http/protobuf', ...target } = {
    ...(otlp ?? otlp_http ?? otlp_grpc),
    ...(otlp && { protocol: otlp.protocol }),
  } as Partial<Pick<OtlpPushConfig, 'protocol'>> & PushReader['target']
  const times = { intervalMs: interval, timeoutMs: timeout }
  return { kind: 'push', protocol, target, ...times, key } as const
}

function pageOf(config: PrometheusReaderConfig, key: string, version: string): PageReader {
  const { host, port, translation_strategy: strategy } = config
  const typeSuffix = strategy ? strategy.endsWith('with_suffixes') : !config.without_type_suffix
  const unitSuffix = strategy ? strategy.endsWith('with_suffixes') : !config.without_units
  const scope = { otel_scope_name: 'waggle', otel_scope_version: version }
  const style: PageStyle = {
    typeSuffix,
    unitSuffix,
    ...(!config.without_scope_info && { labels: scope }),
    keepsResource: keeps(config.with_resource_constant_labels),
  }
  return { kind: 'page', endpoint: { host, port }, style, key }
}

function keeps(
  labels: PrometheusReaderConfig['with_resource_constant_labels'],
): (attribute: string) => boolean {
  const included = (labels?.included ?? []).map(patternOf)
  const excluded = (labels?.excluded ?? []).map(patternOf)
  const fits = (name: string) => (pattern: RegExp) => pattern.test(name)
  return (name) =>
    (included.length === 0 || included.some(fits(name))) && !excluded.some(fits(name))
}
