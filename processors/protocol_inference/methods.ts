import { HTTP_METHODS } from '../../src/pdata/http_total.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { SPAN_KIND, type SpanKind } from '../../src/pdata/traces.ts'

/** A method as spans have it. */
export interface Method {
  /** The value of `http.request.method`. */
  readonly name: string
  /** A small number that no other method has. */
  readonly number: number
  readonly spanName: string
  /** Name and kind of a span at the client's end, encoded. */
  readonly client: Buffer
  /** Name and kind of a span at the server's end, encoded. */
  readonly server: Buffer
  /** Name and kind of a span about an exchange that is still open, encoded. */
  readonly open: Buffer
}

function methodOf(name: string, number: number): Method {
  // `{method}` where no route is known, `HTTP` for unknown methods (semantic conventions).
  const spanName = name === '_OTHER' ? 'HTTP' : name
  return {
    name,
    number,
    spanName,
    client: nameAndKind(spanName, SPAN_KIND.client),
    server: nameAndKind(spanName, SPAN_KIND.server),
    open: nameAndKind(spanName, SPAN_KIND.internal),
  }
}

function nameAndKind(name: string, kind: SpanKind): Buffer {
  const out = new ProtoWriter(64)
  out.uint(SPAN.kind, kind)
  out.string(SPAN.name, name)
  return out.toBytes()
}

/**
 * Methods that spans name as they are: RFC 9110 section 9, RFC 5789 and QUERY. Others are `_OTHER`
 * with the original beside it (semantic conventions, `http.request.method`).
 */
const KNOWN = HTTP_METHODS.filter((name) => name !== '_OTHER').map(methodOf)

/** A method that is none of the known ones. */
export const OTHER_METHOD = methodOf('_OTHER', KNOWN.length)

/** By length and first two bytes, which tell the known methods apart. */
const BY_KEY = new Map(
  KNOWN.map((method) => [keyOf(Buffer.from(method.name), 0, method.name.length), method]),
)

function keyOf(bytes: Buffer, start: number, length: number): number {
  return (length << 16) | ((bytes[start] as number) << 8) | (bytes[start + 1] as number)
}

/** The method that stands from `start` up to `end`. */
export function methodAt(bytes: Buffer, start: number, end: number): Method {
  const length = end - start
  const method = BY_KEY.get(keyOf(bytes, start, length))
  if (method === undefined) return OTHER_METHOD
  for (let i = 2; i < length; i++) {
    if (bytes[start + i] !== method.name.charCodeAt(i)) return OTHER_METHOD
  }
  return method
}
