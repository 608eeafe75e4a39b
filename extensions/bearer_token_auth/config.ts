import { z } from 'zod'
import { aboutSecret, secret } from '../../src/config/index.ts'
import { isHeaderName, isHeaderValue } from '../../src/helpers/headers.ts'

/** `extensions.bearer_token_auth`, with the Collector's keys. */
export const bearerTokenAuthConfig = z
  .strictObject({
    header: z
      .string()
      .refine(isHeaderName, 'expected the name of a header')
      .default('Authorization')
      .describe('The header that has the token.'),
    scheme: z
      .string()
      .refine(isHeaderValue, 'expected printable ASCII text on one line')
      .default('Bearer')
      .describe('What stands in front of the token; nothing if empty.'),
    token: secret().optional().describe('The token.'),
    tokens: z
      .array(secret())
      .min(1)
      .optional()
      .describe('Tokens, of which the first is sent and each is taken.'),
    filename: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file with a token on each line, the rest of the line being a comment, in place of `token`. It is read again within a second after it changed.',
      ),
  })
  .superRefine((config, context) => {
    const shown = [config.token, ...(config.tokens ?? [])]
    if (!shown.every((token) => token === undefined || isToken(token.reveal()))) {
      const path = [config.token ? 'token' : 'tokens']
      const message = 'expected tokens of ASCII without spaces'
      context.addIssue({ code: 'custom', path, message, params: aboutSecret })
    }
    const report = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (config.token && config.tokens) report('tokens', 'expected either "token" or "tokens"')
    if (!config.token && !config.tokens && config.filename === undefined) {
      context.addIssue({ code: 'custom', message: 'expected "token", "tokens" or "filename"' })
    }
  })

/** `extensions.bearer_token_auth`, checked and with defaults. */
export type BearerTokenAuthConfig = z.output<typeof bearerTokenAuthConfig>

/** True for what can be a token of its own in a header. */
export function isToken(text: string): boolean {
  return /^[!-~]+$/.test(text)
}
