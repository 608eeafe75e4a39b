import { EMPTIED, type Outline, type OutlineScan, outlineScan, REST } from './json_outline.ts'
import { isWorkload } from './workload.ts'

/*
 * What of audit events and objects nobody here reads: it is most of their bytes. Whatever is read of
 * them must not be named here.
 */

const PROBE: Outline = { exec: EMPTIED, httpGet: EMPTIED, tcpSocket: EMPTIED, grpc: EMPTIED }

const CONTAINERS: Outline = [
  {
    command: EMPTIED,
    args: EMPTIED,
    ports: EMPTIED,
    env: EMPTIED,
    envFrom: EMPTIED,
    volumeMounts: EMPTIED,
    securityContext: EMPTIED,
    startupProbe: PROBE,
    readinessProbe: PROBE,
    livenessProbe: PROBE,
  },
]

const SPEC: Outline = {
  // Of what owns pods.
  selector: EMPTIED,
  template: EMPTIED,
  jobTemplate: EMPTIED,
  strategy: EMPTIED,
  // Of pods.
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  ephemeralContainers: CONTAINERS,
  volumes: [
    {
      projected: { sources: EMPTIED },
      configMap: { items: EMPTIED },
      secret: { items: EMPTIED },
      downwardAPI: { items: EMPTIED },
    },
  ],
  tolerations: EMPTIED,
  securityContext: EMPTIED,
  affinity: { nodeAffinity: EMPTIED, podAffinity: EMPTIED, podAntiAffinity: EMPTIED },
}

const METADATA = { managedFields: EMPTIED } satisfies Outline
const OBJECT = { metadata: METADATA, spec: SPEC } satisfies Outline
const ANY_OBJECT = { ...OBJECT, items: [OBJECT] } satisfies Outline
const REQUEST = {
  user: { groups: EMPTIED, extra: EMPTIED },
  impersonatedUser: EMPTIED,
  requestReceivedTimestamp: REST,
} satisfies Outline

/** Of a body: an audit event, something watched, or an object. */
const BODY = outlineScan({
  ...ANY_OBJECT,
  ...REQUEST,
  requestObject: ANY_OBJECT,
  responseObject: { ...ANY_OBJECT, status: REST },
  object: { ...ANY_OBJECT, status: REST },
})

/** Of an audit event about a Kubernetes Event. */
const OF_EVENT = outlineScan({
  ...REQUEST,
  requestObject: { metadata: METADATA },
  responseObject: { metadata: METADATA, involvedObject: REST, regarding: REST },
})

const WORKLOAD = {
  metadata: { ...METADATA, labels: EMPTIED, annotations: EMPTIED },
  spec: SPEC,
} satisfies Outline

/** Of an audit event about what owns pods: what was asked for is in the answer. */
const OF_WORKLOAD = outlineScan({
  ...REQUEST,
  requestObject: { ...WORKLOAD, status: EMPTIED },
  responseObject: { ...WORKLOAD, status: REST },
})

/** What is not needed of a body. @param resource of the audit event; empty where that is not known */
export function outlineOf(resource: string): OutlineScan {
  if (resource === 'events') return OF_EVENT
  const slash = resource.indexOf('/')
  return isWorkload(slash < 0 ? resource : resource.slice(0, slash)) ? OF_WORKLOAD : BODY
}
