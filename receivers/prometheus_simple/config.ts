import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { authConfig } from '../../src/helpers/client_auth_config.ts'
import { clientHeaders } from '../../src/helpers/headers.ts'
import { httpUrl } from '../../src/helpers/http_url.ts'
import { tlsClientConfig } from '../../src/helpers/tls_client_config.ts'

const EXPECTED = 'expected host:port or a URL without a path, such as "127.0.0.1:9100"'

const endpoint = z
  .string()
  .refine((text) => originOf(text, 'http') !== undefined, { error: EXPECTED })
  .meta({ label: 'endpoint' })

const path = z.string().regex(/^\//, { error: 'expected a path that begins with "/"' })
const params = z.record(z.string(), z.union([z.string(), z.array(z.string())]))
const labels = z.record(z.string(), z.string()).superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) continue
    const message = 'expected the name of a label: letters, digits and "_"'
    context.addIssue({ code: 'custom', path: [name], message })
  }
})

const targetConfig = z.strictObject({
  endpoint: endpoint.describe('Whom to ask: `host:port`.'),
  metrics_path: path.optional().describe('Where its metrics are, if not at the common path.'),
  params: params.optional().describe('Its query parameters, instead of the common ones.'),
  labels: labels.default({}).describe('Labels of its series beside the common ones.'),
  job_name: z.string().min(1).optional().describe('Its `service.name`, if not the common one.'),
})

/** `receivers.prometheus_simple`: the keys of the Collector's receiver. Durations are milliseconds. */
export const prometheusSimpleConfig = z
  .strictObject({
    endpoint: endpoint.optional().describe('Whom to ask: `host:port`, or a URL without a path.'),
    targets: z
      .array(targetConfig)
      .default([])
      .describe('More of them, each with what it has of its own.'),
    collection_interval: duration({ min: '100ms' })
      .prefault('10s')
      .describe('Time from one scrape to the next.'),
    initial_delay: duration().prefault('1s').describe('Wait before the first scrape.'),
    timeout: duration({ min: '1ms' })
      .optional()
      .describe(
        'How long a scrape may take; `collection_interval`, and at most 10s, if not given.',
      ),
    metrics_path: path.default('/metrics').describe('Where the metrics are.'),
    params: params.default({}).describe('Query parameters: texts, or lists of them.'),
    labels: labels.default({}).describe('Labels of every series, such as `cluster: eu-1`.'),
    job_name: z
      .string()
      .min(1)
      .optional()
      .describe(
        '`service.name` of the targets; `prometheus_simple/` and the endpoint if not given.',
      ),
    tls: tlsClientConfig
      .prefault({ insecure: true })
      .describe('Transport security. With it, an endpoint without a scheme is asked over HTTPS.'),
    headers: clientHeaders,
    auth: authConfig,
    proxy_url: httpUrl()
      .optional()
      .describe('The proxy to use; `http_proxy`, `https_proxy` and `no_proxy` if not given.'),
    body_size_limit_mib: z
      .number()
      .positive()
      .max(1024)
      .default(64)
      .describe('Largest answer, without its compression. The scrape fails where there is more.'),
    sample_limit: z
      .int()
      .min(1)
      .default(200_000)
      .describe('Most samples of an answer. The scrape fails where there are more.'),
  })
  .refine(({ endpoint: one, targets }) => one !== undefined || targets.length > 0, {
    path: ['endpoint'],
    error: 'expected an endpoint here or in targets',
  })

/** The parsed form of `receivers.prometheus_simple`. */
export type PrometheusSimpleConfig = z.output<typeof prometheusSimpleConfig>

/** The scheme and address of an endpoint; undefined for what is none. */
export function originOf(text: string, scheme: 'http' | 'https'): URL | undefined {
  const whole = /^https?:\/\//i.test(text) ? text : `${scheme}://${text}`
  if (/[\s?#@]/.test(text) || !URL.canParse(whole)) return undefined
  const url = new URL(whole)
  return url.pathname === '/' && url.hostname !== '' ? url : undefined
}
