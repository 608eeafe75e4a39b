import { NO_METER } from '../telemetry/meter.ts'
import type { Exporter } from '../component/component.ts'
import type { ComponentRegistry } from '../component/registry.ts'
import { NO_SURROUNDINGS } from '../component/settings.ts'
import type { Metrics } from '../pdata/metrics.ts'
import { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { PushReader } from './metric_readers.ts'

/** What a push works with. */
export interface PushSurroundings {
  readonly registry: ComponentRegistry
  readonly log: Logger
  /** This build of Waggle. */
  readonly version: string
}

/**
 * Sends the agent's metrics with the exporter that pipelines use too, which knows TLS, headers and
 * compression. It has no queue and tries nothing twice: the next export carries everything again.
 */
export class MetricPush {
  readonly #reader: PushReader
  readonly #exporter: Exporter

  /** Throws where the exporter does not take the options, worded by the key. */
  constructor(reader: PushReader, { registry, log, version }: PushSurroundings) {
    this.#reader = reader
    const type = reader.protocol === 'grpc' ? 'otlp_grpc' : 'otlp_http'
    const factory = registry.factory('exporter', type)
    const component = 'service.telemetry.metrics'
    const settings = {
      ...NO_SURROUNDINGS,
      id: type,
      log: log.child({ component }),
      counters: new ComponentCounters(component, '', 'metrics'),
      meter: NO_METER,
      version,
    }
    try {
      this.#exporter = factory.create(settings, factory.config.parse(exporterOptions(reader)))
    } catch (cause) {
      throw new Error(`send metrics as ${reader.key} says`, { cause })
    }
  }

  /** Reads certificates; rejects where that fails. Does not connect. */
  async start(): Promise<void> {
    try {
      await this.#exporter.start?.()
    } catch (cause) {
      throw new Error(`send metrics as ${this.#reader.key} says`, { cause })
    }
  }

  /** Sends metrics once; resolves with whether they were taken. Never rejects. */
  async push(metrics: Metrics): Promise<boolean> {
    const { kind } = await this.#exporter.export(metrics)
    return kind === 'accepted'
  }

  /** Ends it. */
  async shutdown(): Promise<void> {
    await this.#exporter.shutdown?.()
  }
}

const LOCAL = { grpc: 'http://localhost:4317', 'http/protobuf': 'http://localhost:4318' } as const

/** The options of the exporter, as they would stand in YAML. */
function exporterOptions({ protocol, target, timeoutMs }: PushReader): object {
  const { endpoint, compression, timeout } = target
  const url = new URL(endpoint === undefined ? LOCAL[protocol] : withScheme(endpoint, target))
  const ownPath = protocol !== 'grpc' && url.pathname !== '/'
  return {
    [ownPath ? 'metrics_endpoint' : 'endpoint']: protocol === 'grpc' ? url.origin : url.href,
    headers: headersOf(target),
    compression,
    timeout: `${Math.min(timeout, timeoutMs)}ms`,
    tls: tlsOf(target),
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  }
}

function withScheme(endpoint: string, { insecure, tls }: PushReader['target']): string {
  if (/^https?:\/\//i.test(endpoint)) return endpoint
  return `${insecure || tls?.insecure ? 'http' : 'https'}://${endpoint}`
}

function tlsOf({ tls, certificate, client_certificate, client_key }: PushReader['target']): object {
  const files = {
    ca_file: tls?.ca_file ?? certificate,
    cert_file: tls?.cert_file ?? client_certificate,
    key_file: tls?.key_file ?? client_key,
  }
  return Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined))
}

function headersOf({ headers = {} }: PushReader['target']): Record<string, string> {
  const rows = Array.isArray(headers)
    ? headers.map(({ name, value }) => [name, value] as const)
    : Object.entries(headers)
  return Object.fromEntries(rows.map(([name, value]) => [name, value.reveal()]))
}
