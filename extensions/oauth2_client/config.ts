import { z } from 'zod'
import { aboutSecret, duration, secret } from '../../src/config/index.ts'
import { tlsClientConfig } from '../../src/helpers/tls_client_config.ts'

const path = z.string().min(1).optional()
const values = z.union([z.string(), z.array(z.string())])

/** `extensions.oauth2_client`, with the Collector's keys. Durations are milliseconds. */
export const oauth2ClientConfig = z
  .strictObject({
    client_id: z.string().default('').describe('Who we are.'),
    client_id_file: path.describe('A file with it, in its place; read again when it changes.'),
    client_secret: secret().optional().describe('Our secret.'),
    client_secret_file: path.describe('A file with it, in its place; read again when it changes.'),
    token_url: z
      .string()
      .refine(isHttpUrl, {
        error: 'expected a URL that begins with https:// or http://, without a password',
        params: aboutSecret,
      })
      .describe('Where tokens are given out.'),
    scopes: z.array(z.string().min(1)).default([]).describe('What the token shall be good for.'),
    endpoint_params: z
      .record(z.string(), values)
      .default({})
      .describe('More parameters of the request for a token, such as `audience`.'),
    tls: tlsClientConfig.describe('Transport security of requests for a token.'),
    timeout: duration({ min: '1ms' })
      .prefault('10s')
      .describe('How long a request for a token may take. The Collector has no limit.'),
    expiry_buffer: duration()
      .prefault('5m')
      .describe(
        'A token is renewed this long before its end, but not in the first half of its time.',
      ),
  })
  .superRefine((config, context) => {
    const { client_id, client_id_file, client_secret, client_secret_file } = config
    const report = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (client_id === '' && client_id_file === undefined) {
      report('client_id', 'expected an id here or in client_id_file')
    }
    if (!client_secret?.reveal() && client_secret_file === undefined) {
      report('client_secret', 'expected a secret here or in client_secret_file')
    }
  })

/** `extensions.oauth2_client`, checked and with defaults. */
export type Oauth2ClientConfig = z.output<typeof oauth2ClientConfig>

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.password === ''
}
