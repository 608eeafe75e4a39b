import { accessSync, constants } from 'node:fs'
import { describeError } from '../component/errors.ts'
import type { Requirement } from '../component/requirement.ts'
import type { Surroundings } from './access.ts'
import type { ApiAccessConfig } from './access_config.ts'
import { ownSurroundings } from './client.ts'
import { kubeconfigPaths } from './kubeconfig.ts'
import { resourceName, type Resource } from './object.ts'
import { isInCluster } from './service_account.ts'

/** Something that RBAC has to allow. */
export interface Rule {
  readonly resource: Resource
  /** Undefined: in all namespaces. */
  readonly namespace?: string | undefined
  readonly verbs: readonly string[]
}

/** Whether it is known where the API server is and who we are. Asks nothing of it. */
export function accessRequirement(
  config: ApiAccessConfig,
  around: Surroundings = ownSurroundings(),
): Requirement {
  const facts = {
    name: `Kubernetes API (auth_type: ${config.auth_type})`,
    needed: true,
    ofCluster: true,
  } as const
  if (config.auth_type === 'kubeConfig') return { ...facts, ...kubeconfigAnswer(config, around) }
  const host = around.env['KUBERNETES_SERVICE_HOST']
  const isThere = config.auth_type === 'none' ? Boolean(host) : isInCluster(around)
  return {
    ...facts,
    answer: isThere ? 'supported' : 'not_supported',
    found: isThere ? `https://${host}` : 'no pod',
    remedy:
      'Run it in a pod with a service account, or use auth_type: kubeConfig with a kubeconfig.',
  }
}

/** A rule that RBAC has to have: whether it does is known when the API server is asked. */
export function ruleRequirement({ resource, namespace, verbs }: Rule): Requirement {
  const { group } = resource
  const where = namespace === undefined ? '' : ` in ${namespace}`
  const kind = namespace === undefined ? 'a ClusterRole' : `a Role in ${namespace}`
  return {
    name: `may ${verbs.join(' and ')} ${resourceName(resource)}${where}`,
    answer: 'unknown',
    needed: true,
    ofCluster: true,
    found: 'RBAC is not asked here',
    remedy: `Give ${kind} with apiGroups: ["${group}"], resources: ["${resource.plural}"], verbs: ${JSON.stringify(verbs)}.`,
  }
}

function kubeconfigAnswer(
  config: ApiAccessConfig,
  around: Surroundings,
): Pick<Requirement, 'answer' | 'found' | 'remedy'> {
  const remedy = 'Set kubeconfig to a file that can be read.'
  const faults = kubeconfigPaths(config, around).map((path) => faultOf(path))
  const found = kubeconfigPaths(config, around).join(':')
  // Of several files some may be missing, as with kubectl.
  if (faults.includes(undefined)) return { answer: 'supported', found, remedy }
  return { answer: 'not_supported', found: faults.join('; '), remedy }
}

function faultOf(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return describeError(error)
  }
}
