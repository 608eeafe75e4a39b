import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { extensionId } from '../../src/config/extension_reference.ts'
import { addressFault, listenAddress } from '../../src/helpers/http_server/address.ts'
import { serverAuthConfig } from '../../src/helpers/server_auth_config.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'
import { DELIVERY_RESOURCES } from './selection.ts'

const MIB = 1024 * 1024

const fileConfig = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe('The file, `--audit-log-path` of the API server. This or `include`.'),
    include: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Several files, by paths or patterns. What ends in `.gz` is read without it.'),
    start_at: z
      .enum(['beginning', 'end'])
      .optional()
      .describe(
        'Where files are read from that are there at the start, unless `storage` knows better: `end` where they are followed, `beginning` where not.',
      ),
    follow: z
      .boolean()
      .default(true)
      .describe('Read what is added; otherwise all is read once, and then nothing more.'),
    poll_interval: duration({ min: '10ms' })
      .prefault('250ms')
      .describe('How often files are looked at.'),
    rotated: z
      .boolean()
      .default(true)
      .describe(
        'Read also what the API server has renamed to `audit-<time>.log`, or compressed to that with `.gz`, as far as it was not read before.',
      ),
    max_line_bytes: z
      .int()
      .min(1024)
      .max(512 * MIB)
      .default(16 * MIB)
      .describe('A longer line is skipped.'),
    storage: extensionId()
      .optional()
      .describe('Id of a storage extension: reading goes on where it ended, also after a restart.'),
  })
  .superRefine(({ path, include }, context) => {
    if ((path === undefined) !== (include === undefined)) return
    const message = 'expected path or include, and not both'
    context.addIssue({ code: 'custom', path: ['path'], message })
  })
/** The parsed form of `file`. */
export type FileConfig = z.output<typeof fileConfig>

const webhookConfig = z
  .strictObject({
    endpoint: listenAddress()
      .prefault('localhost:9443')
      .describe('Where to listen: host:port; `:9443` is every address of the machine.'),
    path: z
      .string()
      .overwrite((text) => (text.startsWith('/') ? text : `/${text}`))
      .default('/k8s/audit')
      .describe('The path that events are sent to.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    auth: serverAuthConfig,
    max_request_body_size: z
      .int()
      .min(1024)
      .default(64 * MIB)
      .describe('Largest body, compressed and not, in bytes.'),
  })
  .superRefine(({ endpoint }, context) => {
    const message = addressFault(endpoint, 'tcp')
    if (message) context.addIssue({ code: 'custom', path: ['endpoint'], message })
  })
/** The parsed form of `webhook`. */
export type WebhookConfig = z.output<typeof webhookConfig>

const words = (defaults: readonly string[]) => z.array(z.string().min(1)).default([...defaults])

const selectConfig = z.strictObject({
  resources: words(DELIVERY_RESOURCES).describe(
    'Resources as `resource.group/subresource`: what the delivery of pods is followed by. `*` is all of them, and requests that are about none.',
  ),
  verbs: words(['create', 'update', 'patch', 'delete', 'deletecollection']).describe(
    'Verbs of requests; `*` is all.',
  ),
  stages: words(['ResponseComplete', 'Panic']).describe('Stages of requests; `*` is all.'),
  levels: words(['*']).describe('Levels of audit: `Metadata`, `Request`, `RequestResponse`.'),
  dry_run: z.boolean().default(false).describe('Keep also requests that shall change nothing.'),
})

/** `receivers.k8s_audit`. Durations are milliseconds. */
export const k8sAuditConfig = z
  .strictObject({
    file: fileConfig.optional().describe("Read the API server's audit log."),
    webhook: webhookConfig.optional().describe("Take what the API server's audit webhook sends."),
    select: selectConfig.prefault({}).describe('What is handed on; the rest is counted.'),
  })
  .refine(({ file, webhook }) => file !== undefined || webhook !== undefined, {
    error: 'expected file or webhook',
  })
/** The parsed form of `receivers.k8s_audit`. */
export type K8sAuditConfig = z.output<typeof k8sAuditConfig>
