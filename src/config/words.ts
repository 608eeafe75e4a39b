import { z } from 'zod'

type WordCodec<T extends string> = z.ZodCodec<z.ZodString, z.ZodEnum<{ [K in T]: K }>>

/**
 * One of `values`, in upper or lower case: `INFO` and `Detailed` as the Collector writes them.
 * @param others words of the Collector's beside ours, and which of ours they mean
 */
export function wordOf<const T extends string>(
  values: readonly T[],
  others: Readonly<Record<string, T>> = {},
): WordCodec<T> {
  const known = new Map<string, T>([
    ...values.map((value) => [value, value] as const),
    ...Object.entries(others),
  ])
  const quoted = values.map((value) => JSON.stringify(value))
  const message = `expected ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  const codec = z.codec(z.string({ error: message }), z.enum(values), {
    decode: (text, context) => {
      const value = known.get(text.toLowerCase())
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', input: text, message })
      return z.NEVER
    },
    encode: (value) => value,
  })
  return codec.meta({ label: quoted.join(' or '), words: [...known.keys()] })
}
