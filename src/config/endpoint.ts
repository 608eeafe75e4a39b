import { z } from 'zod'

/**
 * Where to connect to or listen: a name or an address (IPv6 without its brackets), a port, and a
 * scheme if given.
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
  return endpointOf('expected host:port, such as "localhost:4317"', (text) => {
    const parsed = parseEndpoint(text, defaultPort)
    return parsed && parsed.host !== '' && parsed.port > 0 ? parsed : undefined
  })
}

/**
 * An address to listen on: `127.0.0.1:4317`, `[::1]:4317`. Without a host, as in `:4317`, it is
 * every IPv4 address (`0.0.0.0`); port 0 lets the system choose. A scheme is refused.
 */
export function listenEndpoint(): EndpointCodec {
  return endpointOf('expected host:port to listen on, such as "127.0.0.1:4317"', (text) => {
    const parsed = parseEndpoint(text)
    if (!parsed || parsed.scheme !== undefined) return undefined
    return parsed.host === '' ? { ...parsed, host: '0.0.0.0' } : parsed
  })
}

function endpointOf(
  expected: string,
  parse: (text: string) => Endpoint | undefined,
): EndpointCodec {
  const text = z.string({ error: (iss) => (iss.input === undefined ? undefined : expected) })
  const codec = z.codec(text, z.custom<Endpoint>(), {
    decode: (value, ctx) => {
      const parsed = parse(value)
      if (parsed) return parsed
      ctx.issues.push({ code: 'custom', input: value, message: expected })
      return z.NEVER
    },
    encode: formatEndpoint,
  })
  return codec.meta({ label: 'endpoint' })
}

/** A TCP or UDP port, 1 to 65535. */
export function port(): z.ZodInt {
  const error = (issue: { input?: unknown }): string | undefined =>
    issue.input === undefined ? undefined : 'expected a port from 1 to 65535'
  return z.int({ error }).min(1, { error }).max(65535, { error }).meta({ label: 'port' })
}
