import { z } from 'zod'

const EXPECTED = 'expected a URL, such as "https://gateway.example:4318"'

/** A URL that requests are sent to. */
export function httpUrl(): z.ZodCodec<z.ZodString, z.ZodCustom<URL, URL>> {
  const text = z.string({ error: (iss) => (iss.input === undefined ? undefined : EXPECTED) })
  const codec = z.codec(text, z.custom<URL>(), {
    decode: (value, context) => {
      const url = parseHttpUrl(value)
      if (url) return url
      context.issues.push({ code: 'custom', input: value, message: EXPECTED })
      return z.NEVER
    },
    encode: withoutPassword,
  })
  return codec.meta({ label: 'URL' })
}

function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  return new URL(text)
}

/** The text of a URL for people: a password in it is not shown. */
export function withoutPassword(url: URL): string {
  if (url.password === '') return url.href
  const shown = new URL(url)
  shown.password = 'REDACTED'
  return shown.href
}

/** `path` below a base URL, whose own path and query stay. */
export function below(base: URL, path: string): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`
  return url
}
