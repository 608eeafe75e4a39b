import { addressText } from '../../src/pdata/address.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import { HTTP_EXCHANGE, HTTP_FLAG, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { SPAN_KIND } from '../../src/pdata/traces.ts'
import { type Connection, Connections } from './connections.ts'
import { writeSpanId, writeTraceId } from './exchange_id.ts'
import { failureOf } from './failure.ts'
import { AttributeWriter, fragment } from './fragments.ts'
import { emptyHead, readHead } from './http_head.ts'
import { knownMethod, OTHER_METHOD } from './methods.ts'
import { emptyParent, readTraceparent } from './traceparent.ts'

/** OTLP `Span.flags`: bit 8 says that bit 9, "the parent is remote", is known. */
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200
/** W3C trace flags of a trace that begins here. */
const SAMPLED = 0x01

const URL_PATH = new AttributeWriter('url.path')
const URL_FULL = new AttributeWriter('url.full')
const METHOD_ORIGINAL = new AttributeWriter('http.request.method_original')
const SERVER_ADDRESS = new AttributeWriter('server.address')
const SERVER_PORT = new AttributeWriter('server.port')
const REQUEST_BODY = new AttributeWriter('http.request.body.size')
const RESPONSE_BODY = new AttributeWriter('http.response.body.size')

const HTTP_SCHEME = Buffer.from('http://')

/** OTLP `Span.status` with the code "error": field 15, length 2, { code = 3: 2 }. */
const ERROR_STATUS = Buffer.from([(SPAN.status << 3) | 2, 2, (3 << 3) | 0, 2])

/** The name and method attribute of a span, by method, encoded. */
const METHODS = new Map<string, { name: Buffer; attribute: Buffer }>()
/** What failure, status and version say, encoded; by failure, then by a number made of the others. */
const RESULTS = new Map<string, Map<number, Buffer>>()

function methodFragments(method: string): { name: Buffer; attribute: Buffer } {
  let known = METHODS.get(method)
  if (!known) {
    const name = Buffer.from(spanName(method))
    known = {
      name: Buffer.concat([Buffer.from([(SPAN.name << 3) | 2, name.length]), name]),
      attribute: fragment(['http.request.method', method]),
    }
    METHODS.set(method, known)
  }
  return known
}

/** `{method}` where no route is known, `HTTP` for unknown methods (semantic conventions). */
function spanName(method: string): string {
  return method === OTHER_METHOD ? 'HTTP' : method
}

/**
 * One HTTP exchange at a time, read as a span by the stable HTTP conventions
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). `select` points it at a record;
 * one instance serves all batches, so that selecting allocates nothing.
 */
export class HttpExchangeView {
  readonly #connections = new Connections()
  readonly #head = emptyHead()
  readonly #parent = emptyParent()
  readonly #traceId = Buffer.alloc(16)
  readonly #spanId = Buffer.alloc(8)
  readonly #parentId = Buffer.alloc(8)
  #records: HttpObservations | undefined
  #row = -1
  #method = ''
  #client = false
  #hasParent = false
  #flags = 0
  #connection: Connection = Connections.none
  #hostEnd = 0
  #hostStart = 0
  #port = 0

  /** Points the view at record `row`. */
  select(records: HttpObservations, row: number): void {
    if (this.#records === records && this.#row === row) return
    this.#records = records
    this.#row = row
    const { bytes } = records
    const head = records.offset(row) + HTTP_EXCHANGE.head
    readHead(bytes, head, head + records.headLength(row), this.#head)
    this.#method = knownMethod(bytes, this.#head.methodStart, this.#head.methodEnd)
    this.#client = records.role(row) === HTTP_ROLE.client
    this.#connection = this.#connections.of(records, row)
    this.#splitHost(bytes)
    this.#identify(bytes)
  }

  get #at(): HttpObservations {
    return this.#records as HttpObservations
  }

  /** The Host header without port and brackets; the port, or the socket's where it has none. */
  #splitHost(bytes: Buffer): void {
    const { hostStart, hostEnd } = this.#head
    let end = hostEnd
    let port = 0
    let at = hostEnd
    while (at > hostStart && isDigit(bytes[at - 1])) at--
    if (at > hostStart && at < hostEnd && bytes[at - 1] === 0x3a /* : */) {
      for (let i = at; i < hostEnd; i++) port = port * 10 + ((bytes[i] as number) - 0x30)
      end = at - 1
    }
    const bracketed = bytes[hostStart] === 0x5b && bytes[end - 1] === 0x5d && end - hostStart > 2
    this.#hostStart = bracketed ? hostStart + 1 : hostStart
    this.#hostEnd = bracketed ? end - 1 : end
    this.#port = port > 0 && port < 65536 ? port : this.#connection.serverPort
  }

  /**
   * Trace, span and parent. With `traceparent` the client's parent is its id; the server's parent is
   * the client's span where this agent sees that end too, else the `traceparent` id, else none.
   */
  #identify(bytes: Buffer): void {
    const records = this.#at
    const requestSeq = records.word(this.#row, HTTP_EXCHANGE.request_seq)
    const responseSeq = records.word(this.#row, HTTP_EXCHANGE.response_seq)
    const { traceStart, traceEnd } = this.#head
    const given = traceEnd > 0 && readTraceparent(bytes, traceStart, traceEnd, this.#parent)
    if (given) this.#parent.traceId.copy(this.#traceId)
    else writeTraceId(requestSeq, responseSeq, this.#traceId, 0)
    writeSpanId(requestSeq, responseSeq, this.#client ? 'client' : 'server', this.#spanId, 0)
    const peerSeen = (records.flags(this.#row) & HTTP_FLAG.peer_seen) !== 0
    this.#flags = (given ? this.#parent.flags : SAMPLED) | HAS_IS_REMOTE
    this.#hasParent = given || (!this.#client && peerSeen)
    if (!this.#hasParent) return
    if (!this.#client) this.#flags |= IS_REMOTE
    if (!this.#client && peerSeen) {
      writeSpanId(requestSeq, responseSeq, 'client', this.#parentId, 0)
      return
    }
    this.#parent.spanId.copy(this.#parentId)
  }

  /** The span's name. */
  get name(): string {
    return spanName(this.#method)
  }

  /** The span's ids, decoded. */
  ids(): { traceId: string; spanId: string; parentSpanId: string; flags: number } {
    return {
      traceId: this.#traceId.toString('hex'),
      spanId: this.#spanId.toString('hex'),
      parentSpanId: this.#hasParent ? this.#parentId.toString('hex') : '',
      flags: this.#flags,
    }
  }

  /** All attributes, decoded, in the order in which they are encoded. */
  attributes(): Attributes {
    const attributes: Record<string, AttributeValue> = {}
    for (const [key, read] of ATTRIBUTES) {
      const value = read(this)
      if (value !== undefined) attributes[key] = value
    }
    return attributes
  }

  /** One attribute, decoded. */
  attribute(key: string): AttributeValue | undefined {
    return READERS.get(key)?.(this)
  }

  /** Writes the fields of the `Span` message, last first. */
  encode(out: ProtoWriter): void {
    const records = this.#at
    const row = this.#row
    const role = records.role(row)
    const failure = failureOf(role, records.end(row), records.status(row), records.error(row))
    const method = methodFragments(this.#method)
    out.fixed32(SPAN.flags, this.#flags)
    if (failure !== '') out.raw(ERROR_STATUS)
    this.#encodeSizes(out)
    out.raw(this.#connection.attributes)
    out.raw(resultFragment(records.status(row), records.version(row), failure))
    this.#encodeServer(out)
    this.#encodeUrl(out)
    if (this.#method === OTHER_METHOD) METHOD_ORIGINAL.string(this.#originalMethod(), out)
    out.raw(method.attribute)
    this.#encodeTimes(out)
    out.uint(SPAN.kind, this.#client ? SPAN_KIND.client : SPAN_KIND.server)
    out.raw(method.name)
    if (this.#hasParent) out.bytes(SPAN.parentSpanId, this.#parentId)
    out.bytes(SPAN.spanId, this.#spanId)
    out.bytes(SPAN.traceId, this.#traceId)
  }

  #encodeTimes(out: ProtoWriter): void {
    const records = this.#at
    const row = this.#row
    const { clock } = records
    const startLow = records.word(row, HTTP_EXCHANGE.request_ns) + clock.offsetLow
    const carry = startLow >= 0x1_0000_0000 ? 1 : 0
    const startHigh = records.word(row, HTTP_EXCHANGE.request_ns + 4) + clock.offsetHigh + carry
    const duration = records.nanosecondsBetween(
      row,
      HTTP_EXCHANGE.request_ns,
      HTTP_EXCHANGE.response_end_ns,
    )
    const endLow = (startLow >>> 0) + (duration % 0x1_0000_0000)
    const endCarry = endLow >= 0x1_0000_0000 ? 1 : 0
    const endHigh = startHigh + Math.floor(duration / 0x1_0000_0000) + endCarry
    out.fixed64Halves(SPAN.end, endLow, endHigh)
    out.fixed64Halves(SPAN.start, startLow, startHigh)
  }

  #encodeSizes(out: ProtoWriter): void {
    const response = this.responseBody
    const request = this.requestBody
    if (response !== undefined) RESPONSE_BODY.uint(response, out)
    if (request !== undefined) REQUEST_BODY.uint(request, out)
  }

  #encodeServer(out: ProtoWriter): void {
    SERVER_PORT.uint(this.#port, out)
    if (this.#hostEnd === this.#hostStart || !this.#head.ascii) {
      return SERVER_ADDRESS.string(this.serverAddress, out)
    }
    SERVER_ADDRESS.text(this.#at.bytes, this.#hostStart, this.#hostEnd, out)
  }

  #encodeUrl(out: ProtoWriter): void {
    const { bytes } = this.#at
    const { pathStart, pathEnd, hostStart, hostEnd, ascii } = this.#head
    if (this.#client) {
      if (!ascii || hostEnd === hostStart || bytes[pathStart] !== 0x2f) {
        return URL_FULL.string(this.fullUrl, out)
      }
      const mark = out.mark()
      out.rawSlice(bytes, pathStart, pathEnd - pathStart)
      out.rawSlice(bytes, hostStart, hostEnd - hostStart)
      out.raw(HTTP_SCHEME)
      return URL_FULL.close(mark, out)
    }
    if (!ascii) return URL_PATH.string(this.path, out)
    URL_PATH.text(bytes, pathStart, pathEnd, out)
  }

  #text(from: number, end: number): string {
    return this.#at.bytes.toString(this.#head.ascii ? 'latin1' : 'utf8', from, end)
  }

  #originalMethod(): string {
    return this.#text(this.#head.methodStart, this.#head.methodEnd)
  }

  /** The value of `http.request.method`. */
  get method(): string {
    return this.#method
  }

  /** The method as sent, where it is not one of the known ones. */
  get methodOriginal(): string | undefined {
    return this.#method === OTHER_METHOD ? this.#originalMethod() : undefined
  }

  /** The target's path, without query. */
  get path(): string {
    return this.#text(this.#head.pathStart, this.#head.pathEnd)
  }

  /** Scheme, the Host header or the server's address and port, and path; no query. */
  get fullUrl(): string {
    const { hostStart, hostEnd } = this.#head
    const path = this.path
    const tail = path === '*' ? '' : path
    if (hostEnd > hostStart) return `http://${this.#text(hostStart, hostEnd)}${tail}`
    const { serverAddress, serverPort } = this.#connection
    const host = serverAddress.includes(':') ? `[${serverAddress}]` : serverAddress
    return `http://${host}:${serverPort}${tail}`
  }

  /** The Host header's name, or the server's address on the wire where there is none. */
  get serverAddress(): string {
    if (this.#hostEnd === this.#hostStart) return this.#connection.serverAddress
    return this.#text(this.#hostStart, this.#hostEnd)
  }

  /** The Host header's port, or the server's on the wire where it has none. */
  get serverPort(): number {
    return this.#port
  }

  /** True at the client's end. */
  get client(): boolean {
    return this.#client
  }

  /** Body bytes of the request, or undefined where that is not known. */
  get requestBody(): number | undefined {
    const unknown = HTTP_FLAG.request_size_unknown | HTTP_FLAG.request_incomplete
    if ((this.#at.flags(this.#row) & unknown) !== 0) return undefined
    return this.#at.count(this.#row, HTTP_EXCHANGE.request_body)
  }

  /** Body bytes of the response, or undefined where that is not known or none came. */
  get responseBody(): number | undefined {
    if (this.#at.status(this.#row) === 0) return undefined
    if ((this.#at.flags(this.#row) & HTTP_FLAG.response_size_unknown) !== 0) return undefined
    return this.#at.count(this.#row, HTTP_EXCHANGE.response_body)
  }

  /** The response's status, or undefined where none came. */
  get responseStatus(): number | undefined {
    return this.#at.status(this.#row) || undefined
  }

  /** `1.1` or `1.0`; of the response, or 1.1 where none came. */
  get protocolVersion(): string {
    return versionText(this.#at.status(this.#row), this.#at.version(this.#row))
  }

  /** `error.type`, or undefined where nothing failed. */
  get errorType(): string | undefined {
    const records = this.#at
    const row = this.#row
    return (
      failureOf(records.role(row), records.end(row), records.status(row), records.error(row)) ||
      undefined
    )
  }

  /** Address of the socket's other end. */
  get peerAddress(): string {
    return addressText(this.#at.bytes, this.#at.offset(this.#row) + HTTP_EXCHANGE['socket.remote_address'])
  }

  /** Address of the socket. */
  get localAddress(): string {
    return addressText(this.#at.bytes, this.#at.offset(this.#row) + HTTP_EXCHANGE['socket.local_address'])
  }

  /** Port of the socket's other end. */
  get peerPort(): number {
    return this.#at.remotePort(this.#row)
  }

  /** Port of the socket. */
  get localPort(): number {
    return this.#at.localPort(this.#row)
  }
}

/** Every attribute and how it is read, in the order in which they are encoded. */
const ATTRIBUTES: readonly (readonly [
  string,
  (view: HttpExchangeView) => AttributeValue | undefined,
])[] = [
  ['http.request.method', (view) => view.method],
  ['http.request.method_original', (view) => view.methodOriginal],
  ['url.path', (view) => (view.client ? undefined : view.path)],
  ['url.full', (view) => (view.client ? view.fullUrl : undefined)],
  ['server.address', (view) => view.serverAddress],
  ['server.port', (view) => view.serverPort],
  ['url.scheme', () => 'http'],
  ['network.protocol.version', (view) => view.protocolVersion],
  ['http.response.status_code', (view) => view.responseStatus],
  ['error.type', (view) => view.errorType],
  ['client.address', (view) => (view.client ? undefined : view.peerAddress)],
  ['network.peer.address', (view) => view.peerAddress],
  ['network.peer.port', (view) => view.peerPort],
  ['network.local.address', (view) => view.localAddress],
  ['network.local.port', (view) => view.localPort],
  ['http.request.body.size', (view) => view.requestBody],
  ['http.response.body.size', (view) => view.responseBody],
]
const READERS = new Map(ATTRIBUTES)

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function versionText(status: number, version: number): string {
  return status === 0 ? '1.1' : `1.${version}`
}

function resultFragment(status: number, version: number, failure: string): Buffer {
  let byStatus = RESULTS.get(failure)
  if (!byStatus) RESULTS.set(failure, (byStatus = new Map()))
  const key = status * 16 + version
  const known = byStatus.get(key)
  if (known) return known
  const made = fragment(
    ['url.scheme', 'http'],
    ['network.protocol.version', versionText(status, version)],
    ...(status === 0 ? [] : [['http.response.status_code', status] as const]),
    ...(failure === '' ? [] : [['error.type', failure] as const]),
  )
  byStatus.set(key, made)
  return made
}
