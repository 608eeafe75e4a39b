import type {
  ContainerFacts,
  OwnerRef,
  PodFacts,
  PodRef,
  VolumeFacts,
} from '../../../src/helpers/delivery/model.ts'
import { type JsonMap, mapIn, mapOf, mapsIn, sharedTextIn } from './json.ts'
import { quantity } from './quantity.ts'
import { shared } from './shared_text.ts'
import { timeIn } from './time.ts'

const NONE = Object.freeze({})
const PROBES = ['startup', 'readiness', 'liveness'] as const

/** Where in a volume's source the name of what it needs stands, by its type. */
const SOURCE_NAMES = ['name', 'secretName', 'claimName', 'driver', 'path', 'volumeID', 'server']

/** What is known of a pod of which no whole object was seen. */
export function unknownFacts(ref: PodRef): PodFacts {
  return {
    ...ref,
    nodeName: '',
    schedulerName: '',
    restartPolicy: 'Always',
    hostNetwork: false,
    priorityClass: '',
    owner: undefined,
    workload: undefined,
    labels: NONE,
    containers: [],
    volumes: [],
    readinessGates: [],
    placement: [],
    createdMs: 0,
    complete: false,
  }
}

/** What a whole pod says in its metadata and spec. */
export function factsOf(ref: PodRef, pod: JsonMap): PodFacts {
  const metadata = mapIn(pod, 'metadata')
  const spec = mapIn(pod, 'spec')
  const owner = ownerOf(metadata)
  const labels = labelsOf(metadata)
  return {
    uid: ref.uid,
    namespace: ref.namespace,
    name: ref.name,
    nodeName: sharedTextIn(spec, 'nodeName'),
    schedulerName: sharedTextIn(spec, 'schedulerName'),
    restartPolicy: restartPolicyOf(spec),
    hostNetwork: spec['hostNetwork'] === true,
    priorityClass: sharedTextIn(spec, 'priorityClassName'),
    owner,
    workload: workloadByHash(owner, labels),
    labels,
    containers: containersOf(spec),
    volumes: mapsIn(spec, 'volumes').map(volumeOf),
    readinessGates: mapsIn(spec, 'readinessGates').map((gate) =>
      sharedTextIn(gate, 'conditionType'),
    ),
    placement: placementOf(spec),
    createdMs: timeIn(metadata, 'creationTimestamp'),
    complete: true,
  }
}

/** The controller that metadata name. */
export function ownerOf(metadata: JsonMap): OwnerRef | undefined {
  const owners = mapsIn(metadata, 'ownerReferences')
  const owner = owners.find(({ controller }) => controller === true)
  if (!owner) return undefined
  return {
    kind: sharedTextIn(owner, 'kind'),
    name: sharedTextIn(owner, 'name'),
    uid: sharedTextIn(owner, 'uid'),
  }
}

/**
 * The Deployment of a ReplicaSet by the rule that its name is the Deployment's with the pods' hash
 * behind it. It is inferred, and has no uid.
 */
function workloadByHash(
  owner: OwnerRef | undefined,
  labels: Readonly<Record<string, string>>,
): OwnerRef | undefined {
  const hash = labels['pod-template-hash']
  if (owner?.kind !== 'ReplicaSet' || !hash || !owner.name.endsWith(`-${hash}`)) return undefined
  return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1), uid: '' }
}

function labelsOf(metadata: JsonMap): Readonly<Record<string, string>> {
  const labels = mapOf(metadata['labels'])
  return labels ? sharedLabels(labels) : NONE
}

/** Whatever stands there, the API server sees to it that it is texts. */
function sharedLabels(labels: JsonMap): Readonly<Record<string, string>> {
  const entries = Object.entries(labels)
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      typeof value === 'string' ? shared(value) : (value as string),
    ]),
  )
}

function restartPolicyOf(spec: JsonMap): PodFacts['restartPolicy'] {
  const policy = spec['restartPolicy']
  return policy === 'Never' || policy === 'OnFailure' ? policy : 'Always'
}

function containersOf(spec: JsonMap): ContainerFacts[] {
  return [
    ...mapsIn(spec, 'initContainers').map((container) =>
      containerOf(container, container['restartPolicy'] === 'Always' ? 'sidecar' : 'init'),
    ),
    ...mapsIn(spec, 'containers').map((container) => containerOf(container, 'main')),
    ...mapsIn(spec, 'ephemeralContainers').map((container) => containerOf(container, 'ephemeral')),
  ]
}

function containerOf(container: JsonMap, role: ContainerFacts['role']): ContainerFacts {
  const resources = mapIn(container, 'resources')
  const requests = mapIn(resources, 'requests')
  const memoryLimit = quantity(mapIn(resources, 'limits')['memory'])
  return {
    name: sharedTextIn(container, 'name'),
    image: sharedTextIn(container, 'image'),
    role,
    cpu: quantity(requests['cpu']),
    memory: quantity(requests['memory']),
    ...(memoryLimit > 0 && { memoryLimit }),
    hasPostStart: mapOf(mapIn(container, 'lifecycle')['postStart']) !== undefined,
    probes: PROBES.filter((probe) => mapOf(container[`${probe}Probe`]) !== undefined),
  }
}

function volumeOf(volume: JsonMap): VolumeFacts {
  const type = Object.keys(volume).find((key) => key !== 'name') ?? ''
  const source = mapIn(volume, type)
  const key = SOURCE_NAMES.find((name) => sharedTextIn(source, name) !== '')
  return { name: sharedTextIn(volume, 'name'), type, source: key ? sharedTextIn(source, key) : '' }
}

function placementOf(spec: JsonMap): string[] {
  const affinity = mapIn(spec, 'affinity')
  const kinds = ['nodeAffinity', 'podAffinity', 'podAntiAffinity']
  return [
    ...kinds.filter((kind) => mapOf(affinity[kind]) !== undefined),
    ...(mapOf(spec['nodeSelector']) ? ['nodeSelector'] : []),
    ...(mapsIn(spec, 'topologySpreadConstraints').length > 0 ? ['topologySpread'] : []),
  ]
}
