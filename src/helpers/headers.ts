import type { z } from 'zod'
import { aboutSecret, headers, type Secret } from '../config/secret.ts'

/*
 * What gRPC takes, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. HTTP/1.1 would take
 * some more that nobody uses.
 */
const NAME = /^[0-9a-z_.-]+$/i
const VALUE = /^[ -~]*$/

/** `headers` of a client: names and values that are sent with every request; values are secrets. */
export const clientHeaders = headers()
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const message = faultOf(name, value)
      if (!message) continue
      context.addIssue({ code: 'custom', path: [name], message, params: aboutSecret })
    }
  })
  .default({})
  .describe('Sent with every request: `authorization: Bearer ${env:TOKEN}`.')
/** The parsed form of `clientHeaders`. */
export type ClientHeaders = z.infer<typeof clientHeaders>

/** The headers as they are sent, with lower-case names. */
export function plainHeaders(given: ClientHeaders): Record<string, string> {
  const pairs = Object.entries(given)
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), textOf(value)]))
}

/** A token that came out of a file has a line break at its end, which no header may have. */
function textOf(value: Secret): string {
  return value.reveal().trimEnd()
}

/** True for the name of a header that both HTTP and gRPC take. */
export function isHeaderName(name: string): boolean {
  return NAME.test(name)
}

/** True for a text that a header may have. */
export function isHeaderValue(text: string): boolean {
  return VALUE.test(text)
}

function faultOf(name: string, value: Secret): string | undefined {
  if (!NAME.test(name)) return 'expected the name of a header: letters, digits, "-", "_" and "."'
  return VALUE.test(textOf(value)) ? undefined : 'expected printable ASCII text on one line'
}
