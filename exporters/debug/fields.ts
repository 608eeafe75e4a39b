import type { Resource } from '../../src/pdata/resource.ts'
import { SPAN_KIND, STATUS_CODE } from '../../src/pdata/traces.ts'
import type { SpanKind, SpanList } from '../../src/pdata/traces.ts'
import { plainText } from './values.ts'

/** The two ends of what a span is about, as `address:port`; empty where unknown. */
export interface Ends {
  readonly client: string
  readonly server: string
}

const KIND_NAMES = ['', 'internal', 'server', 'client', 'producer', 'consumer']

/** A span kind in OTLP's word, lower case. */
export function kindName(kind: SpanKind): string {
  return KIND_NAMES[kind] || 'unspecified'
}

/** `service.name`, else the executable's name, else `unknown`. */
export function serviceName({ attributes }: Resource): string {
  return plainText(attributes['service.name'] ?? attributes['process.executable.name']) || 'unknown'
}

/** The executable's or service's name with the process id: `nginx[1234]`. */
export function processName({ attributes }: Resource): string {
  const name = plainText(attributes['process.executable.name'] ?? attributes['service.name'])
  const pid = attributes['process.pid']
  return pid === undefined ? name : `${name}[${plainText(pid)}]`
}

/**
 * Who called and who was called. What the socket saw comes first: `network.peer.*` is the other end
 * and `network.local.*` our own, so a server span has its client at the peer, a client span its
 * server. `client.*` and `server.*`, which may be names or come from headers, fill the gaps.
 */
export function endsOf(spans: SpanList, i: number): Ends {
  const kind = spans.kind(i)
  const calls = kind === SPAN_KIND.client || kind === SPAN_KIND.producer
  const [client, server] = calls ? ['local', 'peer'] : ['peer', 'local']
  return {
    client: end(spans, i, `network.${client}`) || end(spans, i, 'client'),
    server: end(spans, i, `network.${server}`) || end(spans, i, 'server'),
  }
}

function end(spans: SpanList, i: number, prefix: string): string {
  const address = plainText(spans.attribute(i, `${prefix}.address`))
  const port = spans.attribute(i, `${prefix}.port`)
  if (!address || port === undefined) return address
  return address.includes(':') ? `[${address}]:${plainText(port)}` : `${address}:${plainText(port)}`
}

/** The request's method; empty where the span is not about HTTP. */
export function httpMethod(spans: SpanList, i: number): string {
  return plainText(spans.attribute(i, 'http.request.method'))
}

// RFC 3986: scheme, authority, path
const URL_PATH = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)/i

/** `url.path`, else the path of `url.full`: the query stays out. */
export function urlPath(spans: SpanList, i: number): string {
  const path = spans.attribute(i, 'url.path')
  if (path !== undefined) return plainText(path)
  const match = URL_PATH.exec(plainText(spans.attribute(i, 'url.full')))
  return match ? match[1] || '/' : ''
}

/** The response's status, else `error.type`, else the span's own status; `-` where none is set. */
export function statusText(spans: SpanList, i: number): string {
  const status = spans.attribute(i, 'http.response.status_code') ?? spans.attribute(i, 'error.type')
  if (status !== undefined) return plainText(status)
  const code = spans.status(i)
  if (code === STATUS_CODE.error) return 'error'
  return code === STATUS_CODE.ok ? 'ok' : '-'
}
