import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_EXCHANGE, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import type { Addresses } from './addresses.ts'
import { requestBodyOf, responseBodyOf } from './body_sizes.ts'
import { isExtended, readLateLines } from './extension.ts'
import { failureOf } from './failure.ts'
import type { Host, Hosts } from './hosts.ts'
import { emptyHead, readHostLine, readRequestLine } from './http_head.ts'
import { methodAt, OTHER_METHOD } from './methods.ts'
import { protocolVersion } from './results.ts'

/** What is shared with the view that reads whole spans. */
export interface HttpFieldsOptions {
  readonly addresses: Addresses
  readonly hosts: Hosts
  readonly idsOf: (
    records: HttpObservations,
    row: number,
  ) => { readonly traceId: string; readonly spanId: string }
}

/**
 * One HTTP exchange at a time, read as far as metrics ask: selecting reads the request line, and the
 * Host header only where somebody asks for the server's address or port.
 */
export class HttpFields implements HttpSpan {
  readonly #options: HttpFieldsOptions
  readonly #head = emptyHead()
  #records: HttpObservations | undefined
  #row = -1
  #method = OTHER_METHOD
  #host: Host | undefined
  /** True at the client's end. */
  client = false

  constructor(options: HttpFieldsOptions) {
    this.#options = options
  }

  /** Points it at record `row`. */
  select(records: HttpObservations, row: number): this {
    if (this.#records === records && this.#row === row) return this
    this.#records = records
    this.#row = row
    this.#host = undefined
    const { bytes } = records
    const start = records.offset(row) + HTTP_EXCHANGE.head
    const head = this.#head
    readRequestLine(bytes, start, start + records.headLength(row), head)
    this.#method = methodAt(bytes, head.methodStart, head.methodEnd)
    this.client = records.role(row) === HTTP_ROLE.client
    return this
  }

  #at(): HttpObservations {
    return this.#records as HttpObservations
  }

  /** What the Host header says. */
  #named(): Host {
    if (this.#host !== undefined) return this.#host
    const { bytes } = this.#at()
    const start = this.#at().offset(this.#row) + HTTP_EXCHANGE.head
    const head = this.#head
    readHostLine(bytes, start + this.#at().headLength(this.#row), head)
    if (isExtended(this.#at(), this.#row)) readLateLines(this.#at(), this.#row, head)
    this.#host = this.#options.hosts.of(bytes, head.hostStart, head.hostEnd)
    return this.#host
  }

  /** How many exchanges it stands for. */
  get weight(): number {
    const records = this.#at()
    return 1 << (records.bytes[records.offset(this.#row) + HTTP_EXCHANGE.sampling] as number)
  }

  /** The programs of `bpf/http` count what they leave out. */
  get totalled(): true {
    return true
  }

  /** `http.request.method`. */
  get method(): string {
    return this.#method.name
  }

  /** The response's status, or undefined where none came. */
  get responseStatus(): number | undefined {
    return this.#at().status(this.#row) || undefined
  }

  /** `error.type`, or undefined where nothing failed. */
  get errorType(): string | undefined {
    const records = this.#at()
    const row = this.#row
    const role = records.role(row)
    const [end, status] = [records.end(row), records.status(row)]
    return failureOf(role, end, status, records.error(row)) || undefined
  }

  /** TLS is not seen through. */
  get scheme(): string {
    return 'http'
  }

  /** Of the response, or 1.1 where none came. */
  get protocolVersion(): string {
    return protocolVersion(this.#at().status(this.#row), this.#at().version(this.#row))
  }

  /** The Host header's name, or the server's address on the wire where there is none. */
  get serverAddress(): string {
    const { name } = this.#named()
    if (name !== '') return name
    const end = this.client ? 'socket.remote_address' : 'socket.local_address'
    return this.#options.addresses.of(this.#at(), this.#row, HTTP_EXCHANGE[end]).text
  }

  /** The Host header's port, or the server's on the wire where it has none. */
  get serverPort(): number {
    const { port } = this.#named()
    if (port !== undefined) return port
    return this.client ? this.#at().remotePort(this.#row) : this.#at().localPort(this.#row)
  }

  /** None: a route is the application's own knowledge. */
  get route(): undefined {
    return undefined
  }

  /** Where the target's path stands. */
  get pathBytes(): Buffer {
    return this.#at().bytes
  }

  /** Where it begins in `pathBytes`. */
  get pathStart(): number {
    return this.#head.pathStart
  }

  /** Where it ends. */
  get pathEnd(): number {
    return this.#head.pathEnd
  }

  /** Body bytes of the request, or undefined where that is not known. */
  get requestBody(): number | undefined {
    return requestBodyOf(this.#at(), this.#row)
  }

  /** Body bytes of the response, or undefined where that is not known or none came. */
  get responseBody(): number | undefined {
    return responseBodyOf(this.#at(), this.#row)
  }

  /** The span's ids, decoded. */
  ids(): { readonly traceId: string; readonly spanId: string } {
    return this.#options.idsOf(this.#at(), this.#row)
  }
}
