import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import { HTTP_END, HTTP_EXCHANGE, HTTP_FLAG, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { thresholdIn, withoutThreshold } from '../../src/pdata/trace_state.ts'
import { type Address, Addresses } from './addresses.ts'
import { writeSpanId, writeTraceId } from './exchange_id.ts'
import { failureOf } from './failure.ts'
import { requestBodyOf, responseBodyOf } from './body_sizes.ts'
import { isExtended, proxyHeader, readLateLines } from './extension.ts'
import { AttributeWriter, fragment } from './fragments.ts'
import { HttpFields } from './http_fields.ts'
import { emptyHead, readHead } from './http_head.ts'
import { type Host, Hosts } from './hosts.ts'
import { methodAt, OTHER_METHOD } from './methods.ts'
import { type ProxiedClient, readProxyHeader } from './proxy_protocol.ts'
import { protocolVersion, resultFragment } from './results.ts'
import { TraceOrigin } from './trace_origin.ts'
import { emptyParent, readTraceparent } from './traceparent.ts'
import { Tracestate } from './tracestate.ts'

/** OTLP `Span.flags`: bit 8 says that bit 9, "the parent is remote", is known. */
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200
/** Shorter waits are left out: they say nothing, and most requests have one. */
const SHORTEST_QUEUE_NS = 1_000_000

/** How old an exchange is at least when it is first told of while it is open: bpf/http. */
const FIRST_REPORT_NS = 10_000_000_000

/** W3C trace flags of a trace that begins here. */
const SAMPLED = 0x01

const URL_PATH = new AttributeWriter('url.path')
const URL_FULL = new AttributeWriter('url.full')
const METHOD_ORIGINAL = new AttributeWriter('http.request.method_original')
const SERVER_PORT = new AttributeWriter('server.port')
const PEER_PORT = new AttributeWriter('network.peer.port')
const THREAD_ID = new AttributeWriter('thread.id')
const LOCAL_PORT = new AttributeWriter('network.local.port')
const REQUEST_BODY = new AttributeWriter('http.request.body.size')
const RESPONSE_BODY = new AttributeWriter('http.response.body.size')
const CLIENT_ADDRESS = new AttributeWriter('client.address')
const CLIENT_PORT = new AttributeWriter('client.port')
const ADJUSTED_COUNT = new AttributeWriter('waggle.sampling.adjusted_count')
const QUEUE_DURATION = new AttributeWriter('waggle.http.server.queue_duration')

/** An exchange that has not ended yet. */
const OPEN_STATE = fragment(['waggle.exchange.state', 'open'])
/** A request whose head is longer than what is kept of it. */
const HEAD_TRUNCATED = fragment(['waggle.http.request.head_truncated', true])

/** OTLP `Span.status` with the code "error": field 15, length 2, { code = 3: 2 }. */
const ERROR_STATUS = Buffer.from([(SPAN.status << 3) | 2, 2, (3 << 3) | 0, 2])

/**
 * One HTTP exchange at a time, read as a span by the stable HTTP conventions
 * (https://opentelemetry.io/docs/specs/semconv/http/http-spans/). `select` points it at a record;
 * one instance serves all batches, so that selecting allocates nothing.
 */
export class HttpExchangeView {
  /** Which trace a record belongs to; it is pointed at records by itself, and told what is read. */
  readonly origin = new TraceOrigin()
  /** What metrics ask for; pointed at records by itself, which costs less than `select`. */
  readonly fields: HttpFields
  readonly #addresses = new Addresses()
  readonly #hosts = new Hosts()
  readonly #head = emptyHead()
  readonly #given = emptyParent()
  readonly #ownTraceId = Buffer.alloc(16)
  readonly #clientSpanId = Buffer.alloc(8)
  readonly #spanId = Buffer.alloc(8)
  readonly #exchangeSpanId = Buffer.alloc(8)
  #records: HttpObservations | undefined
  #row = -1
  #method = OTHER_METHOD
  #client = false
  #peer: Address | undefined
  #local: Address | undefined
  #host: Host | undefined
  #identified = false
  #traceId: Buffer = this.#ownTraceId
  #parentId: Buffer | undefined
  #flags = 0
  /** As in the request. */
  readonly #tracestate = new Tracestate()
  #stateRead = false

  constructor() {
    const idsOf = (records: HttpObservations, row: number) => {
      this.select(records, row)
      return this.ids()
    }
    this.fields = new HttpFields({ addresses: this.#addresses, hosts: this.#hosts, idsOf })
  }

  /** Points the view at record `row`. */
  select(records: HttpObservations, row: number): void {
    if (this.#records === records && this.#row === row) return
    this.#records = records
    this.#row = row
    this.#identified = false
    this.#stateRead = false
    const { bytes } = records
    const start = records.offset(row) + HTTP_EXCHANGE.head
    const head = this.#head
    readHead(bytes, start, start + records.headLength(row), head)
    if (isExtended(records, row)) readLateLines(records, row, head)
    this.origin.note(records, row, head.traceStart, head.traceEnd)
    this.#method = methodAt(bytes, head.methodStart, head.methodEnd)
    this.#client = records.role(row) === HTTP_ROLE.client
    this.#peer = this.#addresses.of(records, row, HTTP_EXCHANGE['socket.remote_address'])
    this.#local = this.#addresses.of(records, row, HTTP_EXCHANGE['socket.local_address'])
    this.#host = this.#hosts.of(bytes, head.hostStart, head.hostEnd)
  }

  #at(): HttpObservations {
    return this.#records as HttpObservations
  }

  /** What the Host header says; its name is empty where it says nothing. */
  #named(): Host {
    return this.#host as Host
  }

  /** The server's end on the wire. */
  #server(): Address {
    return (this.#client ? this.#peer : this.#local) as Address
  }

  #wirePort(): number {
    return this.#client ? this.peerPort : this.localPort
  }

  /**
   * Trace, span and parent. With `traceparent` the client's parent is its id; the server's parent is
   * the client's span where this agent sees that end too, else the `traceparent` id, else none.
   */
  #identify(): void {
    if (this.#identified) return
    this.#identified = true
    const records = this.#at()
    const request = records.int(this.#row, HTTP_EXCHANGE.request_seq)
    const response = records.int(this.#row, HTTP_EXCHANGE.response_seq)
    const { traceStart, traceEnd } = this.#head
    const given = readTraceparent(records.bytes, traceStart, traceEnd, this.#given)
    if (!given) writeTraceId(request, response, this.#ownTraceId)
    this.#traceId = given ? this.#given.traceId : this.#ownTraceId
    writeSpanId(request, response, this.#client ? 'client' : 'server', this.#spanId)
    this.#parentId = given ? this.#given.spanId : undefined
    this.#flags = (given ? this.#given.flags : SAMPLED) | HAS_IS_REMOTE
    if (this.#isOpen()) return this.#identifyOpen(request, response)
    if (!this.#client && (records.flags(this.#row) & HTTP_FLAG.peer_seen) !== 0) {
      writeSpanId(request, response, 'client', this.#clientSpanId)
      this.#parentId = this.#clientSpanId
    }
    const remote = !this.#client && this.#parentId !== undefined ? IS_REMOTE : 0
    this.#flags |= remote
  }

  /** What is open is told of by spans of their own, below the one that will follow at its end. */
  #identifyOpen(request: number, response: number): void {
    this.#spanId.copy(this.#exchangeSpanId)
    this.#parentId = this.#exchangeSpanId
    const subject = this.#client ? 'client, open' : 'server, open'
    const age = this.#at().nanosecondsBetween(
      this.#row,
      HTTP_EXCHANGE.request_ns,
      HTTP_EXCHANGE.response_end_ns,
    )
    // One report for each time that the age has doubled.
    const nth = Math.max(0, Math.floor(Math.log2(age / FIRST_REPORT_NS)))
    writeSpanId(request, response, subject, this.#spanId, nth)
  }

  #isOpen(): boolean {
    return this.#at().end(this.#row) === HTTP_END.open
  }

  /** The request's `tracestate`; it has none without a valid `traceparent`. */
  get #givenState(): Tracestate {
    if (this.#stateRead) return this.#tracestate
    this.#stateRead = true
    this.#identify()
    if (this.#traceId !== this.#given.traceId) this.#tracestate.clear()
    else {
      const { bytes } = this.#at()
      const start = this.#at().offset(this.#row) + HTTP_EXCHANGE.head
      this.#tracestate.read(bytes, start, start + this.#at().headLength(this.#row))
    }
    return this.#tracestate
  }

  /**
   * The span's trace state: the request's, but for a threshold there. That tells which traces somebody
   * else left out, and here none of them is.
   */
  get traceState(): string {
    const given = this.#givenState
    if (given.isEmpty) return ''
    return given.hasThreshold ? withoutThreshold(given.text) : given.text
  }

  /** The threshold with which the trace was sampled where it came from, or empty. */
  get upstreamThreshold(): string {
    const given = this.#givenState
    return given.hasThreshold ? thresholdIn(given.text) : ''
  }

  /** The span's name. */
  get name(): string {
    return this.#method.spanName
  }

  /** The span's ids, decoded. */
  ids(): { traceId: string; spanId: string; parentSpanId: string; flags: number } {
    this.#identify()
    return {
      traceId: this.#traceId.toString('hex'),
      spanId: this.#spanId.toString('hex'),
      parentSpanId: this.#parentId?.toString('hex') ?? '',
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

  /**
   * Writes the fields of the `Span` message, last first.
   * @param traceState in place of the span's own
   */
  encode(out: ProtoWriter, traceState?: string): void {
    this.#identify()
    const method = this.#method
    const failure = this.#failure()
    out.fixed32(SPAN.flags, this.#flags)
    if (failure !== '') out.raw(ERROR_STATUS)
    this.#encodeRare(out)
    this.#encodeSizes(out)
    this.#encodeEnds(out)
    this.#encodeServer(out)
    this.#encodeUrl(out)
    if (this.methodOriginal !== undefined) METHOD_ORIGINAL.string(this.methodOriginal, out)
    out.raw(resultFragment(method, this.#status(), this.#at().version(this.#row), failure))
    this.#encodeTimes(out)
    out.raw(this.#isOpen() ? method.open : this.#client ? method.client : method.server)
    if (this.#parentId !== undefined) out.bytes(SPAN.parentSpanId, this.#parentId)
    this.#encodeState(out, traceState)
    out.bytes(SPAN.spanId, this.#spanId)
    out.bytes(SPAN.traceId, this.#traceId)
  }

  #encodeState(out: ProtoWriter, traceState: string | undefined): void {
    const given = this.#givenState
    if (traceState === undefined && !given.hasThreshold && given.isPlain) {
      if (given.isEmpty) return
      const mark = out.mark()
      out.rawSlice(this.#at().bytes, given.from, given.to - given.from)
      return out.message(SPAN.traceState, mark)
    }
    const text = traceState ?? this.traceState
    if (text !== '') out.string(SPAN.traceState, text)
  }

  #encodeTimes(out: ProtoWriter): void {
    const records = this.#at()
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
    const durationHigh = duration < 0x1_0000_0000 ? 0 : Math.floor(duration / 0x1_0000_0000)
    const endLow = (startLow >>> 0) + (duration - durationHigh * 0x1_0000_0000)
    const endCarry = endLow >= 0x1_0000_0000 ? 1 : 0
    const endHigh = startHigh + durationHigh + endCarry
    out.fixed64Halves(SPAN.end, endLow, endHigh)
    out.fixed64Halves(SPAN.start, startLow, startHigh)
  }

  #encodeEnds(out: ProtoWriter): void {
    const peer = this.#peer as Address
    if (this.threadId !== undefined) THREAD_ID.uint(this.threadId, out)
    LOCAL_PORT.uint(this.localPort, out)
    out.raw((this.#local as Address).asLocal)
    PEER_PORT.uint(this.peerPort, out)
    const proxied = this.#proxied()
    out.raw(this.#client || proxied ? peer.asPeer : peer.asClient)
    if (proxied) CLIENT_ADDRESS.string(proxied.address, out)
  }

  /** What few exchanges have. */
  #encodeRare(out: ProtoWriter): void {
    const queued = this.queueDuration
    if (queued !== undefined) QUEUE_DURATION.double(queued, out)
    const proxied = this.#proxied()
    if (proxied) CLIENT_PORT.uint(proxied.port, out)
    if (this.headTruncated) out.raw(HEAD_TRUNCATED)
    if (this.#isOpen()) out.raw(OPEN_STATE)
    if (this.adjustedCount !== undefined) ADJUSTED_COUNT.uint(this.adjustedCount, out)
  }

  /** The client that a proxy in front of the server speaks for. */
  #proxied(): ProxiedClient | undefined {
    if (this.#client) return undefined
    const header = proxyHeader(this.#at(), this.#row)
    return header && readProxyHeader(header)
  }

  #encodeServer(out: ProtoWriter): void {
    const host = this.#named()
    if (host.port === undefined) SERVER_PORT.uint(this.#wirePort(), out)
    out.raw(host.name === '' ? this.#server().asServer : host.attributes)
  }

  #encodeSizes(out: ProtoWriter): void {
    const response = this.responseBody
    const request = this.requestBody
    if (response !== undefined) RESPONSE_BODY.uint(response, out)
    if (request !== undefined) REQUEST_BODY.uint(request, out)
  }

  #encodeUrl(out: ProtoWriter): void {
    const { pathStart, pathEnd, asciiPath } = this.#head
    if (!this.#client) {
      if (!asciiPath) return URL_PATH.string(this.path, out)
      return URL_PATH.text(this.#at().bytes, pathStart, pathEnd, out)
    }
    const { name, urlBytes } = this.#named()
    if (!asciiPath || this.#isAsterisk() || name === '') return URL_FULL.string(this.fullUrl, out)
    out.rawSlice(this.#at().bytes, pathStart, pathEnd - pathStart)
    out.raw(urlBytes)
    URL_FULL.close(urlBytes.length + pathEnd - pathStart, out)
  }

  /** A target of `*` alone, which means the server itself. */
  #isAsterisk(): boolean {
    const { pathStart, pathEnd } = this.#head
    return pathEnd - pathStart === 1 && this.#at().bytes[pathStart] === 0x2a
  }

  #status(): number {
    return this.#at().status(this.#row)
  }

  #failure(): string {
    const records = this.#at()
    const row = this.#row
    return failureOf(records.role(row), records.end(row), records.status(row), records.error(row))
  }

  /** The value of `http.request.method`. */
  get method(): string {
    return this.#method.name
  }

  /** The method as sent, where it is not one of the known ones. */
  get methodOriginal(): string | undefined {
    const { methodStart, methodEnd } = this.#head
    if (this.#method !== OTHER_METHOD || methodEnd === methodStart) return undefined
    return this.#at().bytes.toString('utf8', methodStart, methodEnd)
  }

  /** The target's path, without query. */
  get path(): string {
    const { pathStart, pathEnd } = this.#head
    return this.#at().bytes.toString('utf8', pathStart, pathEnd)
  }

  /** Scheme, the Host header or the server's address and port, and path; no query. */
  get fullUrl(): string {
    const { name, url } = this.#named()
    const origin = name === '' ? `http://${this.#server().host}:${this.#wirePort()}` : url
    return origin + (this.#isAsterisk() ? '' : this.path)
  }

  /** The Host header's name, or the server's address on the wire where there is none. */
  get serverAddress(): string {
    return this.#named().name || this.#server().text
  }

  /** The Host header's port, or the server's on the wire where it has none. */
  get serverPort(): number {
    return this.#named().port ?? this.#wirePort()
  }

  /** True at the client's end. */
  get client(): boolean {
    return this.#client
  }

  /** Body bytes of the request, or undefined where that is not known. */
  get requestBody(): number | undefined {
    return requestBodyOf(this.#at(), this.#row)
  }

  /** Body bytes of the response, or undefined where that is not known or none came. */
  get responseBody(): number | undefined {
    return responseBodyOf(this.#at(), this.#row)
  }

  /** The response's status, or undefined where none came. */
  get responseStatus(): number | undefined {
    return this.#status() || undefined
  }

  /** `1.1` or `1.0`; of the response, or 1.1 where none came. */
  get protocolVersion(): string {
    return protocolVersion(this.#status(), this.#at().version(this.#row))
  }

  /** `error.type`, or undefined where nothing failed. */
  get errorType(): string | undefined {
    return this.#failure() || undefined
  }

  /** `client.address`: that of the socket's other end, or whom a proxy there speaks for. */
  get clientAddress(): string | undefined {
    return this.#client ? undefined : (this.#proxied()?.address ?? this.peerAddress)
  }

  /** `client.port`, where a proxy told it. */
  get clientPort(): number | undefined {
    return this.#proxied()?.port
  }

  /** The thread that read the request at a server, or sent first at a client, where it was seen. */
  get threadId(): number | undefined {
    return this.#at().word(this.#row, HTTP_EXCHANGE['socket.tid']) || undefined
  }

  /** Seconds that the request waited in the kernel, where that is a millisecond or more. */
  get queueDuration(): number | undefined {
    const records = this.#at()
    if (this.#client || records.word(this.#row, HTTP_EXCHANGE.read_ns) === 0) return undefined
    const { request_ns, read_ns } = HTTP_EXCHANGE
    const waited = records.nanosecondsBetween(this.#row, request_ns, read_ns)
    return waited < SHORTEST_QUEUE_NS ? undefined : waited / 1e9
  }

  /** True, or undefined: the request's head is longer than what is kept of it. */
  get headTruncated(): true | undefined {
    return (this.#at().flags(this.#row) & HTTP_FLAG.head_truncated) !== 0 || undefined
  }

  /** How many exchanges this one stands for, where the kernel hands over a share of them only. */
  get adjustedCount(): number | undefined {
    const shift = this.#at().bytes[this.#at().offset(this.#row) + HTTP_EXCHANGE.sampling] as number
    return shift === 0 ? undefined : 2 ** shift
  }

  /** `open` until the exchange has ended, then undefined. */
  get state(): 'open' | undefined {
    return this.#isOpen() ? 'open' : undefined
  }

  /** Address of the socket's other end. */
  get peerAddress(): string {
    return (this.#peer as Address).text
  }

  /** Address of the socket. */
  get localAddress(): string {
    return (this.#local as Address).text
  }

  /** Port of the socket's other end. */
  get peerPort(): number {
    return this.#at().remotePort(this.#row)
  }

  /** Port of the socket. */
  get localPort(): number {
    return this.#at().localPort(this.#row)
  }
}

/** Every attribute and how it is read, in the order in which they are encoded. */
const ATTRIBUTES: readonly (readonly [
  string,
  (view: HttpExchangeView) => AttributeValue | undefined,
])[] = [
  ['http.request.method', (view) => view.method],
  ['http.response.status_code', (view) => view.responseStatus],
  ['error.type', (view) => view.errorType],
  ['url.scheme', () => 'http'],
  ['network.protocol.version', (view) => view.protocolVersion],
  ['http.request.method_original', (view) => view.methodOriginal],
  ['url.path', (view) => (view.client ? undefined : view.path)],
  ['url.full', (view) => (view.client ? view.fullUrl : undefined)],
  ['server.address', (view) => view.serverAddress],
  ['server.port', (view) => view.serverPort],
  ['client.address', (view) => view.clientAddress],
  ['network.peer.address', (view) => view.peerAddress],
  ['network.peer.port', (view) => view.peerPort],
  ['network.local.address', (view) => view.localAddress],
  ['network.local.port', (view) => view.localPort],
  ['thread.id', (view) => view.threadId],
  ['http.request.body.size', (view) => view.requestBody],
  ['http.response.body.size', (view) => view.responseBody],
  ['waggle.sampling.adjusted_count', (view) => view.adjustedCount],
  ['waggle.exchange.state', (view) => view.state],
  ['waggle.http.request.head_truncated', (view) => view.headTruncated],
  ['client.port', (view) => view.clientPort],
  ['waggle.http.server.queue_duration', (view) => view.queueDuration],
]
const READERS = new Map(ATTRIBUTES)
