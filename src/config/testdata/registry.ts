import { z } from 'zod'
import { duration } from '../duration.ts'
import { endpoint, listenEndpoint, port } from '../endpoint.ts'
import type { ComponentKind, Registry } from '../registry.ts'
import { headers } from '../secret.ts'

const otlpReceiver = z.strictObject({
  protocols: z
    .strictObject({
      grpc: z
        .strictObject({ endpoint: listenEndpoint().prefault('127.0.0.1:4317') })
        .optional()
        .describe('OTLP over gRPC.'),
    })
    .prefault({}),
})

const batch = z
  .strictObject({
    timeout: duration().prefault('200ms').describe('Longest wait.'),
    send_batch_size: z.int().min(0).default(8192).describe('Items that make a batch.'),
    send_batch_max_size: z.int().min(0).default(0).describe('Most items. 0: no limit.'),
  })
  .refine(
    (config) => !config.send_batch_max_size || config.send_batch_max_size >= config.send_batch_size,
    {
      path: ['send_batch_max_size'],
      error: 'expected at least send_batch_size',
    },
  )

const otlpExporter = z.strictObject({
  endpoint: endpoint().describe('Where to.'),
  headers: headers().default({}).describe('Sent with each request.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('How to shrink.'),
  tls: z.strictObject({ insecure: z.boolean().default(false).describe('Plain text.') }).optional(),
  tenant: z.string().optional().describe('A name.'),
  ports: z.array(port()).default([]).describe('A few ports.'),
  to: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('One or several.'),
})

const nothing = z.strictObject({})

/** A few components as the real ones are, for the tests of this folder. */
const schemas: Record<ComponentKind, Map<string, z.ZodType>> = {
  receiver: new Map<string, z.ZodType>([
    ['otlp', otlpReceiver],
    ['ebpf_http', nothing],
  ]),
  processor: new Map<string, z.ZodType>([
    ['batch', batch],
    ['k8s_attributes', nothing],
  ]),
  exporter: new Map<string, z.ZodType>([
    ['otlp_grpc', otlpExporter],
    ['debug', nothing],
  ]),
  connector: new Map<string, z.ZodType>([['forward', nothing]]),
  extension: new Map<string, z.ZodType>([['health_check', nothing]]),
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['exporter otlp', 'otlp_grpc'],
  ['processor k8sattributes', 'k8s_attributes'],
])

export const registry: Registry = {
  lookup(kind, written) {
    const type = aliases.get(`${kind} ${written}`) ?? written
    const schema = schemas[kind].get(type)
    return schema && { type, schema }
  },
  types: (kind) => [...schemas[kind].keys()],
}

export { batch, otlpExporter, otlpReceiver }
