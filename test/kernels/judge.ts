import { gunzipSync } from 'node:zlib'
import { decodeJsonRequest, spans, type SpanView } from '../kit/otlp.ts'
import { type Exchange, exchangeAt, EXCHANGES } from './guest/exchanges.ts'
import type { Found } from './guest/matrix.ts'

/** How much of what was exchanged the agent has reported. */
export interface Verdict {
  /** Right spans of so many exchanges; more than one span for one exchange are none. */
  readonly server: number
  readonly client: number
  /** Exchanges whose two spans are in one trace, the client's above the server's. */
  readonly joined: number
  /** Right spans that name the process they belong to. */
  readonly withProcess: number
  /** Exchanges whose response lasted until the connection closed, and of them those seen right. */
  readonly closing: number
  readonly closingRight: number
  /** What was wrong, worded; the first few of it. */
  readonly faults: readonly string[]
}

/** Compares what the agent wrote with what client and server did. */
export function judge(found: Found, made: number = EXCHANGES): Verdict {
  const all = decode(found.spans)
  const exchanges = Array.from({ length: made }, (_, index) => exchangeAt(index))
  const server = new Side('server', found.server.pid, all)
  const client = new Side('client', found.client.pid, all)
  const right = exchanges.map((exchange) => [client.take(exchange), server.take(exchange)] as const)
  const closing = exchanges.map(closes)
  return {
    server: right.filter(([, span]) => span).length,
    client: right.filter(([span]) => span).length,
    joined: right.filter(([parent, child]) => areJoined(parent, child)).length,
    withProcess: client.withProcess + server.withProcess,
    closing: closing.filter(Boolean).length,
    closingRight: right.filter(([one, other], index) => closing[index] && one && other).length,
    faults: [...client.faults, ...client.surplus(), ...server.faults, ...server.surplus()],
  }
}

function decode(zipped: string): SpanView[] {
  const text = gunzipSync(Buffer.from(zipped, 'base64')).toString()
  const lines = text.split('\n').filter(Boolean)
  return lines.flatMap((line) => spans(decodeJsonRequest('traces', line)))
}

/** Whether only the end of the connection ends the response (RFC 9112 section 6.3). */
function closes({ method, status, framing }: Exchange): boolean {
  return framing === 'close' && method !== 'HEAD' && status !== 204 && status !== 304
}

function areJoined(client: SpanView | undefined, server: SpanView | undefined): boolean {
  if (!client || !server) return false
  return client.traceId === server.traceId && server.parentSpanId === client.spanId
}

/** The spans of one end. */
class Side {
  readonly faults: string[] = []
  withProcess = 0
  readonly #kind: 'client' | 'server'
  readonly #pid: number
  readonly #spans = new Map<string, SpanView[]>()

  constructor(kind: 'client' | 'server', pid: number, all: readonly SpanView[]) {
    this.#kind = kind
    this.#pid = pid
    for (const span of all.filter((one) => one.kind === kind)) {
      const path = pathOf(span)
      this.#spans.set(path, [...(this.#spans.get(path) ?? []), span])
    }
  }

  /** The exchange's one span, where it says what it should. */
  take({ method, path, status }: Exchange): SpanView | undefined {
    const [span, ...others] = this.#spans.get(path) ?? []
    this.#spans.delete(path)
    if (!span) return this.#fault(`no ${this.#kind} span for ${method} ${path}`)
    if (others.length > 0) return this.#fault(`${others.length + 1} ${this.#kind} spans of ${path}`)
    const { attributes, resource } = span
    const said = `${String(attributes['http.request.method'])} ${path} ${String(attributes['http.response.status_code'])}`
    const wanted = `${method} ${path} ${status}`
    if (said !== wanted) return this.#fault(`a ${this.#kind} span says ${said}, not ${wanted}`)
    if (resource['process.pid'] === this.#pid) this.withProcess++
    return span
  }

  /** What is left once every exchange has been taken. */
  surplus(): string[] {
    const { size } = this.#spans
    if (size === 0) return []
    return [`${size} ${this.#kind} span${size === 1 ? '' : 's'} of something else`]
  }

  #fault(text: string): undefined {
    this.faults.push(text)
  }
}

function pathOf({ attributes }: SpanView): string {
  const { 'url.path': path, 'url.full': full } = attributes
  return typeof path === 'string' ? path : new URL(String(full)).pathname
}
