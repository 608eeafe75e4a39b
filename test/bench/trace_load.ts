import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { GrpcSender } from '../interop/otlp_client.ts'
import { encodeRequest } from '../kit/otlp.ts'

// A load of whole traces over OTLP/gRPC as a process of its own: each is eight spans of four services
// that call each other, and no two have the same id. Prints {"spans": N, "refused": N} at its end.

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    /** So long; without it `spans` are sent. */
    seconds: { type: 'string' },
    spans: { type: 'string', default: '0' },
    /** Spans per second; without it as many as are taken. */
    rate: { type: 'string' },
    /** How many customers the spans tell of, one after the other. */
    customers: { type: 'string', default: '1' },
    /** Requests that are under way at the same time, where no rate is given. */
    concurrency: { type: 'string', default: '64' },
  },
})

const TRACES = 64
const SERVICES = ['frontend', 'orders', 'stock', 'payment']
const SPANS = TRACES * 2 * SERVICES.length
const T = 1_790_000_000_000_000_000n
/** Every trace id begins so: that is how its place in the request is found. */
const TRACE_MARK = Buffer.from('5eed0badcafe5eed', 'hex')
const CUSTOMER_MARK = 'customer-'
const CUSTOMER_DIGITS = 8

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
const int = (key: string, value: number) => ({ key, value: { intValue: BigInt(value) } })
const id = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')

/** Service `s` is asked by the one before it and asks the next: a server span and a client span. */
function span(trace: number, s: number, isServer: boolean) {
  const depth = 2 * s + (isServer ? 0 : 1)
  const path = trace % 8 === 7 ? '/healthz' : `/orders/${trace * 31}`
  return {
    traceId: TRACE_MARK.toString('hex') + id(trace, 16),
    spanId: id(trace * 16 + depth + 1, 16),
    parentSpanId: depth === 0 ? '' : id(trace * 16 + depth, 16),
    flags: 0x101,
    name: isServer ? 'GET /orders/{id}' : 'GET',
    kind: isServer ? 2 : 3,
    startTimeUnixNano: T + BigInt(depth) * 1_000_000n,
    endTimeUnixNano: T + 40_000_000n - BigInt(depth) * 1_000_000n + BigInt(trace) * 1_000n,
    attributes: [
      text('http.request.method', 'GET'),
      text('http.route', '/orders/{id}'),
      text('url.path', path),
      text('url.scheme', 'http'),
      text('server.address', `${SERVICES[s]}.shop.svc.cluster.local`),
      int('server.port', 8080),
      int('http.response.status_code', trace % 16 === 3 ? 500 : 200),
      text('shop.customer', `${CUSTOMER_MARK}${'0'.repeat(CUSTOMER_DIGITS)}`),
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) shop-frontend/2.41.0'),
    ],
    status: trace % 16 === 3 ? { code: 2 } : { code: 0 },
  }
}

function request(): Buffer {
  const resourceSpans = SERVICES.map((name, s) => {
    const traces = Array.from({ length: TRACES }, (_, trace) => trace)
    const spans = traces.flatMap((trace) => [span(trace, s, true), span(trace, s, false)])
    const attributes = [text('service.name', name), text('host.name', 'node-1')]
    return { resource: { attributes }, scopeSpans: [{ scope: { name: 'load' }, spans }] }
  })
  return encodeRequest('traces', { resourceSpans })
}

/** Where in the request something stands, behind its mark. */
function places(body: Buffer, mark: Buffer | string): number[] {
  const found: number[] = []
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1))
    found.push(at + mark.length)
  return found
}

const template = request()
const traceIds = places(template, TRACE_MARK)
const customers = places(template, CUSTOMER_MARK)
const sender = new GrpcSender(Number(values.port))
const totals = { spans: 0, refused: 0 }
let requests = 0
let customer = 0

/** The next request: other traces, of the next customers. */
function next(): Buffer {
  const body = Buffer.from(template)
  requests++
  for (const at of traceIds) body.writeUInt32BE(requests, at)
  if (values.customers === '1') return body
  for (const at of customers) {
    body.write(String(customer).padStart(CUSTOMER_DIGITS, '0'), at, 'latin1')
    customer = (customer + 1) % Number(values.customers)
  }
  return body
}

async function send(): Promise<void> {
  try {
    await sender.send('traces', next())
    totals.spans += SPANS
  } catch {
    totals.refused += SPANS
  }
}

const untilMs =
  values.seconds === undefined ? Infinity : performance.now() + Number(values.seconds) * 1000
const most = values.seconds === undefined ? Number(values.spans) : Infinity
const isOver = (): boolean => performance.now() >= untilMs || requests * SPANS >= most

async function atRate(rate: number): Promise<void> {
  const everyMs = (SPANS / rate) * 1000
  const under: Promise<void>[] = []
  for (let dueMs = performance.now(); !isOver(); dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()))
    under.push(send())
  }
  await Promise.all(under)
}

async function asFastAsTaken(): Promise<void> {
  const one = async (): Promise<void> => {
    while (!isOver()) await send()
  }
  await Promise.all(Array.from({ length: Number(values.concurrency) }, one))
}

if (values.rate === undefined) await asFastAsTaken()
else await atRate(Number(values.rate))
sender.close()
process.stdout.write(`${JSON.stringify(totals)}\n`)
