import type { Requirement } from '../../src/component/requirement.ts'
import { accessRequirement, ruleRequirement } from '../../src/kubernetes/index.ts'
import type { K8sWatchConfig } from './config.ts'
import { watchedOf } from './watched_resources.ts'

/** What `k8s_watch` needs: a way to the API server, and to be allowed to list and to watch. */
export function k8sWatchRequirements(config: K8sWatchConfig): Requirement[] {
  const rules = watchedOf(config).map(({ collection: { resource, namespace } }) =>
    ruleRequirement({ resource, namespace, verbs: ['list', 'watch'] }),
  )
  return [accessRequirement(config), ...rules]
}
