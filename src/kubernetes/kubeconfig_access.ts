import type { Clock } from '../helpers/clock.ts'
import { tlsClientConfig, type TlsClientConfig } from '../helpers/tls_client_config.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Access } from './access.ts'
import { fixedCredentials, TokenFile, type Credentials } from './credentials.ts'
import { ExecCredentials } from './exec_credentials.ts'
import type { KubeCluster, KubeContext, KubeUser } from './kubeconfig.ts'

/** Files that a kubeconfig names may be replaced. */
const RELOAD = '1m'

/** Access as a context says. Throws where it asks for something that there is not. */
export function kubeconfigAccess(
  { cluster, user }: KubeContext,
  log: Logger,
  clock: Clock,
): Access {
  const server = urlOf('server', cluster.server)
  const proxy = cluster['proxy-url']
  const credentials = credentialsOf(cluster, user, log, clock)
  return {
    server: server.pathname.endsWith('/') ? server : new URL(`${server.href}/`),
    tls: tlsOf(cluster, user),
    proxy: proxy === undefined ? undefined : urlOf('proxy-url', proxy),
    credentials: impersonating(credentials, user),
  }
}

function urlOf(key: string, value: string): URL {
  const url = URL.parse(value.includes('://') ? value : `https://${value}`)
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new Error(`kubeconfig: ${key}: expected a URL of http or https, received ${value}`)
}

function tlsOf(cluster: KubeCluster, user: KubeUser): TlsClientConfig {
  const given: Record<string, unknown> = {
    ...pair('ca', cluster['certificate-authority'], cluster['certificate-authority-data']),
    ...pair('cert', user['client-certificate'], user['client-certificate-data']),
    ...pair('key', user['client-key'], user['client-key-data']),
    insecure_skip_verify: cluster['insecure-skip-tls-verify'],
    reload_interval: RELOAD,
  }
  const name = cluster['tls-server-name']
  if (name !== undefined) given['server_name_override'] = name
  const parsed = tlsClientConfig.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Error(`kubeconfig: ${parsed.error.issues[0]?.message}`)
}

/** What stands in the kubeconfig itself goes before a file, as with kubectl. */
function pair(name: string, file: string | undefined, data: string | undefined): object {
  if (data !== undefined) return { [`${name}_pem`]: Buffer.from(data, 'base64').toString() }
  return file === undefined ? {} : { [`${name}_file`]: file }
}

function credentialsOf(
  cluster: KubeCluster,
  user: KubeUser,
  log: Logger,
  clock: Clock,
): Credentials {
  const { token, tokenFile, username, password = '', exec } = user
  if (tokenFile !== undefined) return new TokenFile('tokenFile', tokenFile, log, clock)
  if (token !== undefined) return fixedCredentials({ authorization: `Bearer ${token}` })
  if (username !== undefined) {
    const pairOf = Buffer.from(`${username}:${password}`).toString('base64')
    return fixedCredentials({ authorization: `Basic ${pairOf}` })
  }
  if (exec) return new ExecCredentials(exec, cluster)
  const provider = user['auth-provider']
  if (!provider) return fixedCredentials({})
  throw new Error(
    `kubeconfig: auth-provider ${provider.name} is not supported, use an exec plugin (for oidc: kubectl oidc-login get-token)`,
  )
}

function impersonating(credentials: Credentials, user: KubeUser): Credentials {
  const { as } = user
  if (as === undefined) return credentials
  const groups = user['as-groups'] ?? []
  const extra: Record<string, string> = { 'impersonate-user': as }
  if (groups.length > 1) throw new Error('kubeconfig: as-groups: only one group is supported')
  if (groups[0] !== undefined) extra['impersonate-group'] = groups[0]
  return {
    headers: async () => ({ ...(await credentials.headers()), ...extra }),
    refused: () => credentials.refused(),
    get certificate() {
      return credentials.certificate
    },
  }
}
