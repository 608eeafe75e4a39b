import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { OtlpExporter } from '../../src/helpers/otlp_exporter.ts'
import type { OtlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { GrpcTransport } from '../../src/helpers/otlp_grpc/transport.ts'

/** Sends batches to an OTLP endpoint over gRPC. */
export function otlpGrpcExporter(
  settings: Settings,
  config: OtlpGrpcConfig,
  clock?: Clock,
): Exporter {
  const transport = new GrpcTransport(settings, config, clock)
  return new OtlpExporter(settings, config, config.max_send_msg_size_mib, transport)
}
