import { NO_HOST, type Host } from '../../src/component/host.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import type { Attempt, SendResult } from '../../src/helpers/send_result.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import {
  startOtlpHttpSink,
  type OtlpHttpSink,
  type OtlpHttpSinkOptions,
} from '../../test/kit/otlp_http_sink.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { otlpHttpConfig } from './config.ts'
import { HttpTransport } from './transport.ts'

/** What a transport finds around it. */
export interface Around {
  readonly clock?: Clock
  readonly host?: Host
}

/** A started transport that ends with the test. */
export async function transportTo(
  given: object,
  { clock = systemClock, host = NO_HOST }: Around = {},
): Promise<{ transport: HttpTransport; logged: string[] }> {
  const { settings, logged } = settingsOf('otlp_http')
  const transport = new HttpTransport({ ...settings, host }, otlpHttpConfig.parse(given), clock)
  atEnd('transport', () => transport.close())
  await transport.start()
  return { transport, logged }
}

/** Bounds of an attempt that is expected to end by itself. */
export function attempt(timeoutMs = 5_000, signal = new AbortController().signal): Attempt {
  return { timeoutMs, signal }
}

/** A sink, a transport to it, and one attempt to send a span. */
export async function sinkAndTransport(
  options: OtlpHttpSinkOptions = {},
  given: object = {},
  around: Around = {},
): Promise<SinkAndTransport> {
  const sink = await startOtlpHttpSink(options)
  const { transport, logged } = await transportTo({ endpoint: sink.endpoint, ...given }, around)
  const send = async (body = oneItem.traces, bounds = attempt()): Promise<SendResult> =>
    transport.send('traces', await transport.prepare('traces', body), bounds)
  return { sink, transport, logged, send }
}

interface SinkAndTransport {
  readonly sink: OtlpHttpSink
  readonly transport: HttpTransport
  readonly logged: string[]
  readonly send: (body?: Buffer, bounds?: Attempt) => Promise<SendResult>
}
