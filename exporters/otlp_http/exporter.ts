import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { OtlpExporter } from '../../src/helpers/otlp_exporter.ts'
import type { OtlpHttpConfig } from './config.ts'
import { HttpTransport } from './transport.ts'

/** Sends batches to an OTLP endpoint over HTTP. */
export function otlpHttpExporter(
  settings: Settings,
  config: OtlpHttpConfig,
  clock?: Clock,
): Exporter {
  const transport = new HttpTransport(settings, config, clock)
  return new OtlpExporter(settings, config, config.max_request_size_mib, transport)
}
