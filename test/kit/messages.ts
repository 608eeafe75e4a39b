// HTTP/1.x messages as text, for tests that send their bytes themselves.

/** An HTTP/1.x message: a first line, headers, and a body after the empty line. */
export function message(
  firstLine: string,
  headers: Readonly<Record<string, string | number>> = {},
  body = '',
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${firstLine}\r\n${lines.join('')}\r\n${body}`
}

/** A request with Host, and with Content-Length where it has a body. */
export function request(
  method: string,
  path: string,
  body = '',
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const length = body === '' ? {} : { 'Content-Length': body.length }
  return message(`${method} ${path} HTTP/1.1`, { Host: 'raw.test', ...length, ...headers }, body)
}

/** A response with Content-Length. */
export function response(
  status: number,
  body = '',
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const line = `HTTP/1.1 ${status} Whatever`
  return message(line, { 'Content-Length': body.length, ...headers }, body)
}

/** A body in chunks, with an extension at each and trailer lines after the last, where given. */
export function chunked(
  chunks: readonly string[],
  { extension = '', trailers = {} }: { extension?: string; trailers?: Record<string, string> } = {},
): string {
  const sized = chunks.map((data) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`)
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${sized.join('')}0${extension}\r\n${lines.join('')}\r\n`
}
