import type { ServerAuth } from '../../src/component/auth.ts'
import type { Extension } from '../../src/component/component.ts'
import { NO_HOST } from '../../src/component/host.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { deliveryApiConfig } from './config.ts'
import { DeliveryApiExtension } from './extension.ts'
import { FakeSource } from './fixtures.ts'
import { deliveryApi } from './index.ts'

/** An extension that runs over deliveries that a test decides. */
export interface Trial {
  readonly url: string
  readonly extension: DeliveryApiExtension
  readonly source: FakeSource
  readonly logged: readonly string[]
  readonly registry: MetricRegistry
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
}

const running: DeliveryApiExtension[] = []

/** Ends all that `trialOf` has started. */
export async function endTrials(): Promise<void> {
  await Promise.all(running.splice(0).map((one) => one.shutdown()))
}

/** Starts one. @param extensions what `service.extensions` lists beside it */
export async function trialOf(
  deliveries: readonly JudgedDelivery[],
  options: object = {},
  extensions: Readonly<Record<string, Extension | ServerAuth>> = {},
): Promise<Trial> {
  const logged: string[] = []
  const registry = new MetricRegistry('normal')
  const settings = testSettings(deliveryApi, { write: (line) => logged.push(line) })
  const host = { ...NO_HOST, extension: (id: string) => extensions[id] }
  const config = deliveryApiConfig.parse({ endpoint: '127.0.0.1:0', ...options })
  const meter = registry.meter({})
  const extension = new DeliveryApiExtension({ ...settings, host, meter }, config)
  running.push(extension)
  await extension.start()
  const { url } = JSON.parse(logged.at(-1) as string) as { url: string }
  const source = new FakeSource(deliveries)
  extension.serve('connector/pod_delivery', source)
  const get = (path: string, headers = {}): Promise<Response> =>
    fetch(new URL(path, url), { headers })
  return { url, extension, source, logged, registry, get }
}
