import { z } from 'zod'
import { grpcConfig } from './grpc_config.ts'
import { httpConfig } from './http_config.ts'

/** `receivers.otlp`: the keys of the Collector's receiver. Durations are milliseconds. */
export const otlpConfig = z.strictObject({
  protocols: z
    .strictObject({
      grpc: grpcConfig.optional().describe('OTLP/gRPC. Not served unless it is named.'),
      http: httpConfig.optional().describe('OTLP/HTTP. Not served unless it is named.'),
    })
    .refine(({ grpc, http }) => grpc !== undefined || http !== undefined, {
      error: 'expected at least one protocol: grpc, http',
    })
    .describe('What is served. An empty value (`grpc:`) serves with the defaults.'),
  max_pending_mib: z
    .number()
    .positive()
    .default(128)
    .describe(
      'How much may be read and wait for the pipelines at the same time, over all connections, in MiB. What comes above is refused for now. A request that is alone is always taken.',
    ),
})
/** The parsed form of `receivers.otlp`. */
export type OtlpConfig = z.output<typeof otlpConfig>
