import { FakeClock } from '../helpers/fixtures.ts'
import { createLogger } from '../telemetry/logger.ts'
import type { ApiAccessConfig } from './access_config.ts'
import { KubernetesClient } from './client.ts'
import type { Change } from './differences.ts'
import type { KubernetesObject, Resource } from './object.ts'
import { Reflector, type ReflectorOptions } from './reflector.ts'

/** Pods. */
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' }

/** A client of an API server that is reached without TLS, as a kubeconfig in the environment says. */
export async function clientOf(
  config: ApiAccessConfig,
  around: { env?: Record<string, string>; accountDir?: string } = {},
  clock = new FakeClock(),
): Promise<KubernetesClient> {
  const { env = {}, accountDir = '/nonexistent' } = around
  const log = createLogger({ out: { write: () => {} } })
  const client = new KubernetesClient(config, {
    log,
    version: '0.0.0-test',
    clock,
    around: { env, home: '/nonexistent', accountDir },
  })
  await client.start()
  return client
}

/** A reflector whose changes are kept as `ADDED web initial`. */
export function reflecting(
  client: KubernetesClient,
  given: Partial<ReflectorOptions<KubernetesObject, string>> = {},
) {
  const clock = new FakeClock()
  const told: string[] = []
  const logged: string[] = []
  const out = { write: (line: string) => logged.push(line.slice(13).trimEnd()) }
  const onChange = (change: Change<KubernetesObject, string>): void => {
    if (change.type === 'VANISHED') told.push(`VANISHED ${change.kept}`)
    else told.push(`${change.type} ${change.object.metadata.name ?? ''} ${change.source}`)
  }
  const reflector = new Reflector<KubernetesObject, string>({
    client,
    collection: { resource: PODS },
    trim: (object) => object,
    keep: ({ metadata }) => metadata.name ?? '',
    onChange,
    log: createLogger({ level: 'debug', encoding: 'console', out }),
    clock,
    random: () => 0.5,
    ...given,
  })
  return { reflector, told, logged, clock }
}
