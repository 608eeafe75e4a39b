import { inspect } from 'node:util'
import { z } from 'zod'

const redacted = '[REDACTED]'

/**
 * A text that no log, error or printed configuration shows: however it is printed, it is
 * `[REDACTED]`.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [inspect.custom](): string {
    return redacted
  }
}

/** `params` of an issue about a secret: what was received is not told, also where it stands in the file. */
export const aboutSecret = { secret: true } as const

type SecretCodec = z.ZodCodec<z.ZodString, z.ZodCustom<Secret, Secret>>

/**
 * A string that must not be shown: a token, a password, the value of a header. Parsed to a
 * `Secret`.
 */
export function secret(): SecretCodec {
  const codec = z.codec(z.string(), z.instanceof(Secret), {
    decode: (text) => new Secret(text),
    encode: () => redacted,
  })
  return codec.meta({ label: 'secret' })
}

/** Header names and their values, which may be tokens: `authorization: Bearer ${env:TOKEN}`. */
export function headers(): z.ZodRecord<z.ZodString, SecretCodec> {
  return z.record(z.string(), secret())
}
