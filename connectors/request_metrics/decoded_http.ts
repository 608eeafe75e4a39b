import type { AttributeValue } from '../../src/pdata/attributes.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import { SPAN_KIND, type SpanList } from '../../src/pdata/traces.ts'

/** Room for a path; what is longer is cut off. */
const LONGEST_PATH = 4096

/** An HTTP span read from its attributes: for lists that have no faster way. */
export class DecodedHttp implements HttpSpan {
  readonly pathBytes = Buffer.alloc(LONGEST_PATH)
  readonly pathStart = 0
  /** Whoever counted what was sampled away did so elsewhere. */
  readonly totalled = false
  client = false
  method = ''
  #list: SpanList | undefined
  #i = 0

  /** Points it at span `i`; false when that is no HTTP request at one of its ends. */
  select(list: SpanList, i: number): boolean {
    this.#list = list
    this.#i = i
    const kind = list.kind(i)
    if (kind !== SPAN_KIND.server && kind !== SPAN_KIND.client) return false
    const method = list.attribute(i, 'http.request.method')
    if (typeof method !== 'string' || method === '') return false
    this.client = kind === SPAN_KIND.client
    this.method = method
    return true
  }

  /** Points it at span `i`; false when that is no report of a request that is still open. */
  selectOpen(list: SpanList, i: number): boolean {
    this.#list = list
    this.#i = i
    if (list.kind(i) !== SPAN_KIND.internal) return false
    if (list.attribute(i, 'waggle.exchange.state') !== 'open') return false
    // Clients alone know the whole URL.
    this.client = list.attribute(i, 'url.full') !== undefined
    this.method = this.#text('http.request.method')
    return true
  }

  #get(key: string): AttributeValue | undefined {
    return this.#list?.attribute(this.#i, key)
  }

  #text(key: string): string {
    const value = this.#get(key)
    return typeof value === 'string' ? value : ''
  }

  #number(key: string): number | undefined {
    const value = this.#get(key)
    if (typeof value === 'bigint') return Number(value)
    return typeof value === 'number' ? value : undefined
  }

  /**
   * More than one where the kernel programs sampled. Spans that were sampled otherwise count as one:
   * their threshold need not stand for a whole number.
   */
  get weight(): number {
    return this.#number('waggle.sampling.adjusted_count') ?? 1
  }

  get responseStatus(): number | undefined {
    return this.#number('http.response.status_code')
  }

  get errorType(): string | undefined {
    return this.#text('error.type') || undefined
  }

  get scheme(): string {
    return this.#text('url.scheme')
  }

  get protocolVersion(): string {
    return this.#text('network.protocol.version')
  }

  get serverAddress(): string {
    return this.#text('server.address')
  }

  get serverPort(): number {
    return this.#number('server.port') ?? 0
  }

  get route(): string | undefined {
    return this.#text(this.client ? 'url.template' : 'http.route') || undefined
  }

  get pathEnd(): number {
    return this.pathBytes.write(this.#text('url.path') || pathOf(this.#text('url.full')))
  }

  get requestBody(): number | undefined {
    return this.#number('http.request.body.size')
  }

  get responseBody(): number | undefined {
    return this.#number('http.response.body.size')
  }

  ids(): { readonly traceId: string; readonly spanId: string } {
    const { traceId, spanId } = (this.#list as SpanList).at(this.#i)
    return { traceId, spanId }
  }
}

/** The path of an absolute URL, without query and fragment. */
function pathOf(url: string): string {
  return /^[^:/?#]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? ''
}
