import type { ExchangeFacts } from '../../src/pdata/exchange_totals.ts'
import type { Dimensions, Values } from './dimensions.ts'
import type { Route } from './route.ts'

/** The values of the attributes of the span at hand. One object serves all spans. */
export class SeriesKey implements Values {
  client = false
  method = ''
  status = 0
  error = ''
  version = ''
  scheme = ''
  address = ''
  port = 0
  route = ''
  hash = 0

  /** Takes the values of those attributes that the span's side has. */
  read(span: ExchangeFacts, has: Dimensions, route: Route | undefined): void {
    this.client = span.client
    this.method = has.method ? span.method : ''
    this.status = has.status ? (span.responseStatus ?? 0) : 0
    this.error = has.error ? (span.errorType ?? '') : ''
    this.version = has.version ? span.protocolVersion : ''
    this.scheme = has.scheme ? span.scheme : ''
    this.address = has.address ? span.serverAddress : ''
    this.port = has.port ? span.serverPort : 0
    this.route = route === undefined ? '' : route.text
    this.hash = this.#hash(route === undefined ? 0 : route.hash)
  }

  /** Of those values that differ most; strings are told apart by their length and last character. */
  #hash(route: number): number {
    let hash = Math.imul(this.status, 31) + this.port
    hash = Math.imul(hash, 31) + route
    hash = Math.imul(hash, 31) + mark(this.method)
    hash = Math.imul(hash, 31) + mark(this.address)
    hash = Math.imul(hash, 0x9e3779b1)
    return hash ^ (hash >>> 15)
  }

  /** True when a series has these values. */
  is({ values }: { readonly values: Values }): boolean {
    return (
      this.status === values.status &&
      this.route === values.route &&
      this.method === values.method &&
      this.address === values.address &&
      this.port === values.port &&
      this.error === values.error &&
      this.version === values.version &&
      this.scheme === values.scheme &&
      this.client === values.client
    )
  }

  /** The values, to be kept. */
  values(): Values {
    const { client, method, status, error, version, scheme, address, port, route } = this
    return { client, method, status, error, version, scheme, address, port, route }
  }
}

function mark(text: string): number {
  const { length } = text
  return length === 0 ? 0 : (length << 8) | text.charCodeAt(length - 1)
}
