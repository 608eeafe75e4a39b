/**
 * Methods that spans name as they are: RFC 9110 section 9, RFC 5789 and QUERY. Others are `_OTHER`
 * with the original beside it (semantic conventions, `http.request.method`).
 */
const KNOWN = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']

/** The value of `http.request.method` for a method that is none of the known ones. */
export const OTHER_METHOD = '_OTHER'

/** By length and first two bytes, which tell the known methods apart. */
const BY_KEY = new Map(KNOWN.map((method) => [keyOf(Buffer.from(method), 0, method.length), method]))

function keyOf(bytes: Buffer, start: number, length: number): number {
  return (length << 16) | ((bytes[start] as number) << 8) | (bytes[start + 1] as number)
}

/** The method that stands from `start` up to `end`, or `_OTHER`. */
export function knownMethod(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  const method = BY_KEY.get(keyOf(bytes, start, length))
  if (method === undefined) return OTHER_METHOD
  for (let i = 2; i < length; i++) {
    if (bytes[start + i] !== method.charCodeAt(i)) return OTHER_METHOD
  }
  return method
}
