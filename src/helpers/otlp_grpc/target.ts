import { isIP } from 'node:net'
import { z } from 'zod'
import { parseEndpoint } from '../../config/endpoint.ts'
import { WATCHED_DNS } from './resolver.ts'

/** Where a gRPC channel goes. */
export interface Target {
  /** As it was written. */
  readonly text: string
  /** As gRPC wants it. */
  readonly target: string
  /** Whether the scheme asks for TLS; undefined where it says nothing of it. */
  readonly tls?: boolean
}

const EXPECTED =
  'expected host:port, such as "localhost:4317", "dns:///gateway:4317" or "unix:///run/otlp.sock"'

/** Takes an endpoint apart; undefined when it is none. */
export function parseTarget(text: string): Target | undefined {
  const [, scheme = '', rest = ''] = /^(unix|dns|passthrough|ipv4|ipv6):(.*)$/.exec(text) ?? []
  if (scheme === '') return named(text, text)
  if (scheme === 'unix') return unixSocket(text, rest)
  if (scheme === 'ipv4' || scheme === 'ipv6')
    return rest === '' ? undefined : { text, target: text }
  return named(text, rest.replace(/^\/\/\//, ''))
}

function unixSocket(text: string, rest: string): Target | undefined {
  const path = rest.replace(/^\/\/(?=\/)/, '')
  if (path === '' || path.startsWith('//')) return undefined
  return { text, target: `unix:${path}` }
}

/** Names are looked up again and again; an address is what it is. */
function named(text: string, address: string): Target | undefined {
  const endpoint = parseEndpoint(address)
  if (!endpoint || endpoint.host === '' || endpoint.port === 0) return undefined
  const { scheme, host, port } = endpoint
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const target = isIP(host) ? `dns:${place}` : `${WATCHED_DNS}:${place}`
  return { text, target, ...(scheme && { tls: scheme === 'https' }) }
}

/** The option `endpoint`. */
export function grpcEndpoint(): z.ZodCodec<z.ZodString, z.ZodCustom<Target, Target>> {
  const text = z.string({ error: (iss) => (iss.input === undefined ? undefined : EXPECTED) })
  const codec = z.codec(text, z.custom<Target>(), {
    decode: (value, context) => {
      const target = parseTarget(value)
      if (target) return target
      context.issues.push({ code: 'custom', input: value, message: EXPECTED })
      return z.NEVER
    },
    encode: (target) => target.text,
  })
  return codec.meta({ label: 'endpoint' })
}
