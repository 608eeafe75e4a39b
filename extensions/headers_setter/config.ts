import { z } from 'zod'
import { aboutSecret, extensionId, secret } from '../../src/config/index.ts'
import { isHeaderName, isHeaderValue } from '../../src/helpers/headers.ts'

const header = z
  .strictObject({
    key: z
      .string()
      .refine(isHeaderName, 'expected the name of a header')
      .describe('The name of the header.'),
    action: z
      .enum(['insert', 'update', 'upsert', 'delete'])
      .default('upsert')
      .describe('Put it in where it is not there, change it where it is, either, or take it away.'),
    value: secret().optional().describe('Its value.'),
    value_file: z
      .string()
      .min(1)
      .optional()
      .describe('A file with its value, read again within a second after it changed.'),
    from_context: z
      .string()
      .min(1)
      .optional()
      .describe('The header of the request that the data came in with that has its value.'),
    from_attribute: z
      .string()
      .min(1)
      .optional()
      .describe(
        "What the receiver's authenticator says of the client that is its value: `username` or `raw` of `basic_auth`.",
      ),
    default_value: secret()
      .optional()
      .describe('Its value where the request has none. Unset: the header is left as it is.'),
  })
  .superRefine((given, context) => {
    const { action, value, value_file, from_context, from_attribute, default_value } = given
    const report = (path: string[], message: string): void =>
      context.addIssue({ code: 'custom', path, message, params: aboutSecret })
    const sources = [value, value_file, from_context, from_attribute].filter(
      (one) => one !== undefined,
    )
    const one = 'one of "value", "value_file", "from_context" and "from_attribute"'
    if (action !== 'delete' && sources.length !== 1) report([], `expected ${one}`)
    if (action === 'delete' && sources.length > 0)
      report(['action'], `expected none of a value with "delete"`)
    if (default_value && from_context === undefined && from_attribute === undefined) {
      report(['default_value'], 'expected "from_context" or "from_attribute" beside it')
    }
    for (const [name, text] of Object.entries({ value, default_value })) {
      if (text && !isHeaderValue(text.reveal()))
        report([name], 'expected printable ASCII text on one line')
    }
  })
/** A header, checked. */
export type HeaderConfig = z.output<typeof header>

/** `extensions.headers_setter`, with the Collector's keys. */
export const headersSetterConfig = z.strictObject({
  headers: z.array(header).min(1).describe('The headers, in the order in which they are set.'),
  additional_auth: extensionId()
    .optional()
    .describe('Another authenticator, whose headers are set before.'),
})

/** `extensions.headers_setter`, checked and with defaults. */
export type HeadersSetterConfig = z.output<typeof headersSetterConfig>
