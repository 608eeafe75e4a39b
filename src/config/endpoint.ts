import { z } from 'zod'

/**
 * Where to connect to or listen: a name or an address (IPv6 without its brackets), a port, and a
 * scheme if given. Without a host it is every address of this machine.
 */
export interface Endpoint {
  readonly scheme?: 'http' | 'https'
  readonly host: string
  readonly port: number
}

const shape = /^(?:(https?):\/\/)?(?:\[([^\]]*)\]|([^:/[\]\s]*))(?::(\d{1,5}))?\/?$/i
const ipv6 = /^[0-9a-f:.]+(%[\w.-]+)?$/i

/**
 * Takes `host:port`, `[v6]:port` or one of them behind `http://` or `https://` apart; undefined
 * when it is none.
 */
export function parseEndpoint(text: string, defaultPort?: number): Endpoint | undefined {
  const [whole, scheme, v6, name = '', digits] = shape.exec(text) ?? []
  const port = digits === undefined ? defaultPort : Number(digits)
  if (whole === undefined || port === undefined || port > 65535) return undefined
  if (v6 !== undefined && !ipv6.test(v6)) return undefined
  const host = v6 ?? name
  if (scheme === undefined) return { host, port }
  return { scheme: scheme.toLowerCase() as 'http' | 'https', host, port }
}

/** `host:port`, `[v6]:port`, the scheme in front if there is one. */
export function formatEndpoint({ scheme, host, port }: Endpoint): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${scheme === undefined ? '' : `${scheme}://`}${name}:${port}`
}

type EndpointCodec = z.ZodCodec<z.ZodString, z.ZodCustom<Endpoint, Endpoint>>

/**
 * The address of a server to connect to. `http://` and `https://` are kept as `scheme`, so that an
 * OTLP exporter can take TLS from it. Without `defaultPort` the port has to be given.
 */
export function endpoint({ defaultPort }: { readonly defaultPort?: number } = {}): EndpointCodec {
  const parse = (text: string): Endpoint | undefined => {
    const parsed = parseEndpoint(text, defaultPort)
    return parsed && parsed.host !== '' && parsed.port > 0 ? parsed : undefined
  }
  return endpointOf('expected host:port, such as "localhost:4317"', parse, formatEndpoint)
}

/**
 * An address to listen on: `127.0.0.1:4317`, `[::1]:4317`. Without a host, as in `:4317`, it is
 * every address of the machine; port 0 lets the system choose. A scheme is refused.
 */
export function listenEndpoint(): EndpointCodec {
  return endpointOf(LISTEN_EXPECTED, parseListenEndpoint, formatEndpoint)
}

/** What is said of a text that is no address to listen on. */
export const LISTEN_EXPECTED = 'expected host:port to listen on, such as "127.0.0.1:4317"'

/** Takes an address to listen on apart; undefined when it is none. */
export function parseListenEndpoint(text: string): Endpoint | undefined {
  const parsed = parseEndpoint(text)
  return parsed?.scheme === undefined ? parsed : undefined
}

/** A text that stands for a place: what is said of one that does not, and both ways between them. */
export function endpointOf<T>(
  expected: string,
  parse: (text: string) => T | undefined,
  format: (place: T) => string,
): z.ZodCodec<z.ZodString, z.ZodCustom<T, T>> {
  const text = z.string({ error: (iss) => (iss.input === undefined ? undefined : expected) })
  const codec = z.codec(text, z.custom<T>(), {
    decode: (value, ctx) => {
      const parsed = parse(value)
      if (parsed) return parsed
      ctx.issues.push({ code: 'custom', input: value, message: expected })
      return z.NEVER
    },
    encode: format,
  })
  return codec.meta({ label: 'endpoint' })
}

/** A TCP or UDP port, 1 to 65535. */
export function port(): z.ZodInt {
  const error = (issue: { input?: unknown }): string | undefined =>
    issue.input === undefined ? undefined : 'expected a port from 1 to 65535'
  return z.int({ error }).min(1, { error }).max(65535, { error }).meta({ label: 'port' })
}
