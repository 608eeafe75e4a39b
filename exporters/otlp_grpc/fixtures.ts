import type { ClientAuth } from '../../src/component/auth.ts'
import { NO_HOST } from '../../src/component/host.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import type { Attempt } from '../../src/helpers/send_result.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { otlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { GrpcTransport } from '../../src/helpers/otlp_grpc/transport.ts'

/** What a transport finds around it. */
export interface Around {
  readonly clock?: Clock
  /** The extension `oauth2client`. */
  readonly auth?: ClientAuth
}

/** A started transport that ends with the test. */
export async function transportTo(
  given: object,
  { clock = systemClock, auth }: Around = {},
): Promise<{ transport: GrpcTransport; logged: string[] }> {
  const { settings, logged } = settingsOf('otlp_grpc')
  const host = { ...NO_HOST, extension: (id: string) => (id === 'oauth2client' ? auth : undefined) }
  const config = otlpGrpcConfig.parse({ tls: { insecure: true }, ...given })
  const transport = new GrpcTransport({ ...settings, host }, config, clock)
  atEnd('transport', () => transport.close())
  await transport.start()
  return { transport, logged }
}

/** Bounds of an attempt that is expected to end by itself. */
export function attempt(timeoutMs = 5_000, signal = new AbortController().signal): Attempt {
  return { timeoutMs, signal }
}
