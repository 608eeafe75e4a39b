import type { KubernetesObject, ObjectMeta } from '../../src/kubernetes/index.ts'

type Fields = Readonly<Record<string, unknown>>

/** An annotation that is longer is no name of anything: its value is left out. */
const MAX_ANNOTATION = 1024
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'ownerReferences',
  'finalizers',
]

const POD_SPEC = [
  'nodeName',
  'schedulerName',
  'restartPolicy',
  'priority',
  'priorityClassName',
  'preemptionPolicy',
  'hostNetwork',
  'nodeSelector',
  'affinity',
  'topologySpreadConstraints',
  'tolerations',
  'schedulingGates',
  'readinessGates',
  'volumes',
  'overhead',
  'resources',
  'resourceClaims',
  'runtimeClassName',
  'serviceAccountName',
  'imagePullSecrets',
  'activeDeadlineSeconds',
  'terminationGracePeriodSeconds',
]

const CONTAINER = [
  'name',
  'image',
  'imagePullPolicy',
  'restartPolicy',
  'resources',
  'resizePolicy',
  'envFrom',
  'lifecycle',
  'startupProbe',
  'readinessProbe',
  'livenessProbe',
]

/** A pod without what delivery does not need, and without values that may be secret. */
export function trimmedPod({ apiVersion, kind, metadata, spec, status }: KubernetesObject): Fields {
  const all = fieldsOf(spec)
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((key) => {
    const list = all[key]
    return Array.isArray(list) ? [[key, list.map(trimmedContainer)]] : []
  })
  return {
    kind,
    apiVersion,
    metadata: trimmedMetadata(metadata),
    spec: { ...only(all, POD_SPEC), ...Object.fromEntries(containers) },
    ...(status !== undefined && { status }),
  }
}

/** An event, whole but for the book-keeping. */
export function trimmedEvent(event: KubernetesObject): Fields {
  const { kind, apiVersion, metadata, ...rest } = event
  return { kind, apiVersion, metadata: trimmedMetadata(metadata), ...rest }
}

/** What owns pods: who owns it, how many pods it wants, how it ended. */
export function trimmedOwner(owner: KubernetesObject): Fields {
  const spec = only(fieldsOf(owner['spec']), ['replicas', 'completions', 'parallelism', 'suspend'])
  const conditions = fieldsOf(owner['status'])['conditions']
  const { kind, apiVersion, metadata } = owner
  return {
    kind,
    apiVersion,
    metadata: trimmedMetadata(metadata),
    ...(Object.keys(spec).length > 0 && { spec }),
    ...(kind === 'Job' && conditions !== undefined && { status: { conditions } }),
  }
}

function trimmedMetadata(metadata: ObjectMeta): Fields {
  const kept = only(metadata, METADATA)
  const annotations = Object.entries(fieldsOf(metadata.annotations)).filter(
    ([key]) => key !== LAST_APPLIED,
  )
  if (annotations.length === 0) return kept
  const short = annotations.map(([key, value]) => [key, shortened(value)])
  return { ...kept, annotations: Object.fromEntries(short) }
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' && value.length > MAX_ANNOTATION ? '' : value
}

/** Commands, arguments, headers of probes and values of variables may be secret, and explain nothing. */
function trimmedContainer(container: unknown): Fields {
  const all = fieldsOf(container)
  const { env, lifecycle } = all
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].filter((key) => key in all)
  return {
    ...only(all, CONTAINER),
    ...Object.fromEntries(probes.map((key) => [key, trimmedProbe(all[key])])),
    ...(lifecycle !== undefined && { lifecycle: trimmedLifecycle(lifecycle) }),
    ...(Array.isArray(env) && { env: env.map(trimmedVariable) }),
  }
}

function trimmedVariable(variable: unknown): Fields {
  return only(fieldsOf(variable), ['name', 'valueFrom'])
}

function trimmedLifecycle(lifecycle: unknown): Fields {
  const handlers = Object.entries(fieldsOf(lifecycle)).map(([key, handler]) => [
    key,
    typeof handler === 'string' ? handler : trimmedProbe(handler),
  ])
  return Object.fromEntries(handlers) as Fields
}

/** A probe or a hook with its times and its sort, `exec: {}`. */
function trimmedProbe(probe: unknown): Fields {
  const all = fieldsOf(probe)
  const { exec, httpGet } = all
  return {
    ...all,
    ...(exec !== undefined && { exec: {} }),
    ...(httpGet !== undefined && { httpGet: only(fieldsOf(httpGet), ['port', 'scheme']) }),
  }
}

function only(all: Fields, keys: readonly string[]): Record<string, unknown> {
  const found = keys.filter((key) => all[key] !== undefined && all[key] !== null)
  return Object.fromEntries(found.map((key) => [key, all[key]]))
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
