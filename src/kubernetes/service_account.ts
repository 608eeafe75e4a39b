import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../helpers/clock.ts'
import { tlsClientConfig, type TlsClientConfig } from '../helpers/tls_client_config.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Access, Surroundings } from './access.ts'
import { fixedCredentials, TokenFile } from './credentials.ts'

/** The kubelet may replace the authorities as well as the token. */
const RELOAD = '1m'

/** True inside of a pod: where the API server is stands in the environment, and an account is mounted. */
export function isInCluster({ env, accountDir }: Surroundings): boolean {
  return serverOf(env) !== undefined && existsSync(join(accountDir, 'token'))
}

/** Access with the pod's own account. Throws where this is no pod. */
export function serviceAccountAccess(around: Surroundings, log: Logger, clock: Clock): Access {
  const server = neededServer(around, 'serviceAccount')
  const file = join(around.accountDir, 'token')
  const credentials = new TokenFile('the token of the service account', file, log, clock)
  return { server, tls: accountTls(around), proxy: undefined, credentials }
}

/** Access as nobody. Throws where the environment does not say where the API server is. */
export function anonymousAccess(around: Surroundings): Access {
  const server = neededServer(around, 'none')
  return { server, tls: accountTls(around), proxy: undefined, credentials: fixedCredentials({}) }
}

function neededServer({ env }: Surroundings, type: string): URL {
  const server = serverOf(env)
  if (server) return server
  throw new Error(
    `auth_type: ${type} needs a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set); outside of the cluster use auth_type: kubeConfig`,
  )
}

function serverOf(env: Surroundings['env']): URL | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) return undefined
  return new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}/`)
}

function accountTls({ accountDir }: Surroundings): TlsClientConfig {
  const file = join(accountDir, 'ca.crt')
  return tlsClientConfig.parse(existsSync(file) ? { ca_file: file, reload_interval: RELOAD } : {})
}
