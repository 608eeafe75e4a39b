import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { onTestFinished } from 'vitest'
import type { Extension } from '../../src/component/component.ts'
import { NO_HOST } from '../../src/component/host.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { OTLP_SERVICES } from '../../src/helpers/otlp_signals.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { otlp } from './index.ts'
import { otlpConfig } from './config.ts'
import { OtlpReceiver } from './receiver.ts'

/** A receiver that runs, on ports of the system's choice. */
export interface Running {
  readonly receiver: OtlpReceiver
  /** `127.0.0.1:40123`. */
  readonly grpc: string
  readonly http: string
  /** What came in. */
  readonly batches: Batch[]
  readonly counters: ReturnType<typeof testSettings>['counters']
  /** Its log, a line each. */
  readonly lines: () => { level: number; msg: string; [key: string]: unknown }[]
  /** The values of a metric, by its attributes as JSON. */
  readonly metric: (name: string) => Record<string, number>
}

/** How a test's pipeline answers. */
export type Settle = (batch: Batch) => Outcome | Promise<Outcome>

/** What a test's receiver is made of. */
export interface RunningOptions {
  readonly grpc?: object | null
  readonly http?: object | null
  readonly settle?: Settle
  readonly clock?: Clock
  /** Extensions, by id. */
  readonly extensions?: Readonly<Record<string, Extension>>
  readonly max_pending_mib?: number
}

/** Starts a receiver whose pipelines answer with `settle`; it ends with the test. */
export async function running({
  grpc = {},
  http = {},
  settle = () => ACCEPTED,
  clock,
  extensions = {},
  ...options
}: RunningOptions = {}): Promise<Running> {
  const text: string[] = []
  const registry = new MetricRegistry('detailed')
  const settings = {
    ...testSettings(otlp, { write: (line) => text.push(line) }),
    meter: registry.meter(),
    host: { ...NO_HOST, extension: (id: string) => extensions[id] },
  }
  const protocols = {
    ...(grpc && { grpc: { endpoint: '127.0.0.1:0', ...grpc } }),
    ...(http && { http: { endpoint: '127.0.0.1:0', ...http } }),
  }
  const receiver = new OtlpReceiver(settings, otlpConfig.parse({ ...options, protocols }), clock)
  const batches: Batch[] = []
  receiver.batches$.subscribe((batch) => {
    batches.push(batch)
    void Promise.resolve(settle(batch)).then((outcome) => batch.delivery.settle(outcome))
  })
  onTestFinished(() => receiver.shutdown())
  await receiver.start()
  const lines = (): ReturnType<Running['lines']> =>
    text.map((line) => JSON.parse(line) as ReturnType<Running['lines']>[number])
  const place = (msg: string): string => {
    const line = lines().find((one) => one.msg === msg)
    return typeof line?.['endpoint'] === 'string' ? line['endpoint'] : ''
  }
  return {
    receiver,
    batches,
    counters: settings.counters,
    lines,
    grpc: place('Serving OTLP/gRPC.'),
    http: place('Serving OTLP/HTTP.'),
    metric: (name) => {
      const found = registry.collect().metrics.find(({ facts }) => facts.name === name)
      const points = found?.points ?? []
      return Object.fromEntries(
        points.map(({ attributes, value }) => [Object.values(attributes).join(' '), value]),
      )
    },
  }
}

/** A request of `items` spans, log records, or gauges of one point. */
export function requestOf(signal: Signal, items = 1, name = 'GET /'): Buffer {
  const out = new ProtoWriter()
  for (let i = 0; i < items; i++) writeItem(signal, name, out)
  out.message(2, 0)
  out.message(1, 0)
  return out.toBytes()
}

function writeItem(signal: Signal, name: string, out: ProtoWriter): void {
  const mark = out.mark()
  if (signal === 'traces') {
    out.string(5, name)
    out.bytes(2, Buffer.alloc(8, 1))
    out.bytes(1, Buffer.alloc(16, 2))
  } else if (signal === 'metrics') {
    out.fixed64(3, 1n)
    out.message(1, mark)
    out.message(5, mark)
    out.string(1, name)
  } else out.fixed64(1, 1n)
  out.message(2, mark)
}

/** What a gRPC call was answered with. */
export interface CallResult {
  readonly headers: IncomingHttpHeaders
  /** `grpc-status`. */
  readonly status: number
  readonly message: string
  readonly details: Buffer | undefined
  readonly body: Buffer
  /** The code of the RST_STREAM; 0 where there was none. */
  readonly reset: number
}

/** How a call is made. */
export interface CallOptions {
  readonly path?: string
  readonly headers?: Record<string, string>
  /** The bytes to send; `body` in a frame unless given. */
  readonly raw?: Buffer
  /** Leaves the request open behind the bytes. */
  readonly open?: boolean
}

/** A connection to a gRPC server; it ends with the test. */
export function grpcSession(endpoint: string, options = {}): ClientHttp2Session {
  const url = endpoint.includes('://') ? endpoint : `http://${endpoint}`
  const session = connect(url, options)
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

/** Makes a call, byte for byte. */
export function call(
  session: ClientHttp2Session,
  signal: Signal,
  body: Buffer,
  {
    path = OTLP_SERVICES[signal].grpcPath,
    headers = {},
    raw = framed(body),
    open,
  }: CallOptions = {},
): Promise<CallResult> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  const chunks: Buffer[] = []
  let first: IncomingHttpHeaders = {}
  let last: IncomingHttpHeaders = {}
  stream.on('response', (got) => {
    first = got
    if (got['grpc-status'] !== undefined) last = got
  })
  stream.on('trailers', (got) => {
    last = got
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', () => {})
  if (open) stream.write(raw)
  else stream.end(raw)
  return new Promise((resolve) => {
    stream.once('close', () => {
      const details = last['grpc-status-details-bin']
      resolve({
        headers: first,
        status: Number(last['grpc-status'] ?? -1),
        message: decodeURIComponent(String(last['grpc-message'] ?? '')),
        details: details === undefined ? undefined : Buffer.from(String(details), 'base64'),
        body: Buffer.concat(chunks),
        reset: stream.rstCode,
      })
    })
  })
}

/** A message in its frame. */
export function framed(body: Buffer, flag = 0): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** Sends a request over HTTP. */
export function post(
  endpoint: string,
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { 'content-type': 'application/x-protobuf' }
  return fetch(`http://${endpoint}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { ...type, ...headers },
  })
}
