import { textAt } from '../../../src/helpers/container_files.ts'
import type { Surroundings } from '../surroundings.ts'

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The version of the cluster's API server, `v1.31.2-eks-7f9249a`; every service account may ask. */
export async function kubernetesVersion(
  around: Surroundings,
  signal: AbortSignal,
): Promise<string> {
  const { env } = around
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const name = host.includes(':') ? `[${host}]` : host
  const url = `https://${name}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}/version`
  const headers = { authorization: `Bearer ${around.readFile(`${ACCOUNT}/token`).trim()}` }
  const answer = await around.request(
    { url, headers, ca: around.readFile(`${ACCOUNT}/ca.crt`) },
    signal,
  )
  return textAt(JSON.parse(answer) as unknown, 'gitVersion')
}
