import { Writable } from 'node:stream'
import { NO_SURROUNDINGS, type Settings } from '../../src/component/settings.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Span } from '../../src/pdata/traces.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'
import { debugConfig } from './config.ts'
import type { DebugConfig } from './config.ts'
import { DebugExporter } from './exporter.ts'

/** 14:03:22.123 of some day, local time, in milliseconds since 1970. */
export const START_MS = new Date(2026, 0, 2, 14, 3, 22, 123).getTime()

/** A stream that keeps what it gets; while `slow`, it finishes no write. */
export class MemoryStream extends Writable {
  text = ''
  isTTY = false
  columns = 120
  slow = false
  #waiting: (() => void) | undefined

  constructor() {
    super({ decodeStrings: false, highWaterMark: 1_000 })
  }

  override _write(chunk: string, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk
    if (this.slow) this.#waiting = done
    else done()
  }

  /** Reads again. */
  drain(): void {
    this.slow = false
    this.#waiting?.()
  }

  /** The lines since the last call. */
  take(): string[] {
    const lines = this.text.split('\n').slice(0, -1)
    this.text = ''
    return lines
  }
}

/** A server span of GET /items/42 with what the test gives instead. */
export function span(given: Partial<Span> = {}): Span {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name: 'GET',
    kind: 2,
    startNs: BigInt(START_MS) * 1_000_000n + 456_789n,
    endNs: BigInt(START_MS) * 1_000_000n + 1_690_789n,
    attributes: {
      'http.request.method': 'GET',
      'url.path': '/items/42',
      'http.response.status_code': 200,
      'network.peer.address': '127.0.0.1',
      'network.peer.port': 41234,
      'network.local.address': '127.0.0.1',
      'network.local.port': 8080,
    },
    events: [],
    status: { code: 0, message: '' },
    ...given,
  }
}

/** The resource of an nginx process. */
export const nginx = new Resource({
  'service.name': 'web',
  'process.executable.name': 'nginx',
  'process.pid': 812,
})

/** A batch of spans of one resource. */
export function batchOf(spans: readonly Span[], resource = nginx): Traces {
  const scope = { name: 'waggle/http', version: '0.1.0' }
  return new Traces([{ resource, scope, spans: new SpanArray(spans) }], new Delivery())
}

/** An exporter over a stream in memory, its counters, and the lines of its log. */
export function exporterWith(
  given: Partial<Record<keyof DebugConfig, unknown>> = {},
  env: NodeJS.ProcessEnv = {},
) {
  const stream = new MemoryStream()
  const logged: string[] = []
  const out = { write: (line: string) => logged.push(line.slice(13)) }
  const settings: Settings = {
    id: 'debug',
    log: createLogger({ level: 'debug', encoding: 'console', out }),
    counters: new ComponentCounters('exporter/debug'),
    meter: NO_METER,
    ...NO_SURROUNDINGS,
    version: '0.1.0',
  }
  const config = debugConfig.parse({ summary_interval: '0s', verbosity: 'normal', ...given })
  const exporter = (isTTY = false) => {
    stream.isTTY = isTTY
    return new DebugExporter(settings, config, { stream, env })
  }
  return {
    exporter: exporter(),
    onTerminal: () => exporter(true),
    stream,
    counters: settings.counters,
    logged,
  }
}
