import type { Collection, KubernetesObject, Resource } from '../../src/kubernetes/index.ts'
import type { K8sWatchConfig } from './config.ts'
import { trimmedEvent, trimmedOwner, trimmedPod } from './trim.ts'

/** One collection that is watched, in one namespace or in all. */
export interface Watched {
  readonly collection: Collection
  /** The same objects in another group. */
  readonly otherwise?: Resource
  readonly trim: (object: KubernetesObject) => object
}

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' }
const EVENTS: Resource = { group: '', version: 'v1', plural: 'events', kind: 'Event' }
/** The API server keeps the same objects under both names. */
const NEW_EVENTS: Resource = { ...EVENTS, group: 'events.k8s.io' }
const REPLICA_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
}
const JOBS: Resource = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' }
const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
}

/** What a configuration asks for. */
export function watchedOf(config: K8sWatchConfig): Watched[] {
  const namespaces = config.namespaces.length > 0 ? [...new Set(config.namespaces)] : [undefined]
  return namespaces.flatMap((namespace) =>
    kindsOf(config).map(({ collection, ...rest }) => ({
      ...rest,
      collection: { ...collection, namespace },
    })),
  )
}

function kindsOf({ owners, pods, events }: K8sWatchConfig): Watched[] {
  const kinds: Watched[] = ownersOf(owners).map((resource) => ({
    collection: { resource, metadataOnly: owners === 'metadata' },
    trim: trimmedOwner,
  }))
  const { label_selector: labelSelector, field_selector: fieldSelector } = pods
  kinds.push({ collection: { resource: PODS, labelSelector, fieldSelector }, trim: trimmedPod })
  if (!events.enabled) return kinds
  const collection = { resource: EVENTS, fieldSelector: events.field_selector }
  return [...kinds, { collection, otherwise: NEW_EVENTS, trim: trimmedEvent }]
}

function ownersOf(owners: K8sWatchConfig['owners']): Resource[] {
  if (owners === 'none') return []
  return owners === 'whole' ? [DEPLOYMENTS, REPLICA_SETS, JOBS] : [REPLICA_SETS, JOBS]
}
