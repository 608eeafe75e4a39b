import type { Attributes } from '../../../src/pdata/attributes.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Detector, inKubernetes, told } from './detector.ts'

/** cloud.google.com/compute/docs/metadata/querying-metadata */
const METADATA = 'http://metadata.google.internal/computeMetadata/v1'

type Get = (path: string) => Promise<string>

/** Compute Engine, or GKE where the agent runs in a cluster. */
export const gcp: Detector = (around, signal) => detected(around, signal)

/** GKE, and nothing elsewhere. */
export const gke: Detector = async (around, signal) => {
  return inKubernetes(around) ? detected(around, signal) : {}
}

async function detected(around: Surroundings, signal: AbortSignal): Promise<Attributes> {
  const get = getter(around, signal)
  const [project, id] = await Promise.all([get('project/project-id'), get('instance/id')])
  const common = { 'cloud.provider': 'gcp', 'cloud.account.id': project, 'host.id': id }
  if (inKubernetes(around)) {
    const cluster = await clusterOf(get)
    if (cluster) return told({ ...common, ...cluster })
  }
  return told({ ...common, ...(await instanceOf(get)) })
}

function getter(around: Surroundings, signal: AbortSignal): Get {
  const headers = { 'Metadata-Flavor': 'Google' }
  return async (path) =>
    (await around.request({ url: `${METADATA}/${path}`, headers }, signal)).trim()
}

/** Undefined where the cluster is none of GKE's. */
async function clusterOf(get: Get): Promise<Attributes | undefined> {
  const cluster = await Promise.all([
    get('instance/attributes/cluster-name'),
    get('instance/attributes/cluster-location'),
  ]).catch(() => undefined)
  if (!cluster) return undefined
  const [name, location] = cluster
  // A zone is a region with a letter behind it: us-central1-c.
  const isZone = location.split('-').length > 2
  return {
    'cloud.platform': 'gcp_kubernetes_engine',
    'k8s.cluster.name': name,
    [isZone ? 'cloud.availability_zone' : 'cloud.region']: location,
    'host.name': await get('instance/name').catch(() => ''),
  }
}

async function instanceOf(get: Get): Promise<Attributes> {
  const [zone, type, name] = await Promise.all([
    get('instance/zone'),
    get('instance/machine-type'),
    get('instance/name'),
  ])
  const zoneName = lastPart(zone)
  return {
    'cloud.platform': 'gcp_compute_engine',
    'cloud.availability_zone': zoneName,
    'cloud.region': zoneName.slice(0, Math.max(0, zoneName.lastIndexOf('-'))),
    'host.type': lastPart(type),
    'host.name': name,
  }
}

/** `projects/1234/zones/us-central1-c` */
function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
