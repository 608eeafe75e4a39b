const running = {
  matchExpressions: [
    { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
    { key: '.status.phase', operator: 'In', values: ['Pending'] },
  ],
}
const deleted = {
  matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }],
}
const job = {
  matchExpressions: [
    { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
    { key: '.status.phase', operator: 'In', values: ['Running'] },
    { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
  ],
}

const readyStatus = `
{{ $now := Now | Quote }}
phase: Running
startTime: {{ $now }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
conditions:
{{ range $type := (list "PodReadyToStartContainers" "Initialized" "ContainersReady" "Ready") }}
- { type: {{ $type }}, status: "True", lastTransitionTime: {{ $now }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now }} } }
{{ end }}
`

const doneStatus = `
{{ $now := Now | Quote }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state:
    terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now }}, finishedAt: {{ $now }} }
{{ end }}
`

const NODE_READY = '.status.conditions.[] | select( .type == "Ready" ) | .status'

const unready = { matchExpressions: [{ key: NODE_READY, operator: 'NotIn', values: ['True'] }] }

const nodeStatus = `
{{ $now := Now | Quote }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now }}
  lastTransitionTime: {{ $now }}
{{ end }}
addresses:
- { address: {{ NodeIP | Quote }}, type: InternalIP }
allocatable: { cpu: 1k, memory: 1Ti, pods: 1M }
capacity: { cpu: 1k, memory: 1Ti, pods: 1M }
phase: Running
`

const stage = (kind: string, name: string, selector: unknown, next: unknown) =>
  JSON.stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector, next },
  })

/**
 * What kwok does: nodes are Ready from the beginning, it keeps their leases by itself; pods are Ready
 * at once, those of a Job then done, and gone when deleted.
 */
export function kwokConfig(): string {
  return [
    stage('Node', 'node-ready', unready, { statusTemplate: nodeStatus }),
    stage('Pod', 'pod-ready', running, { statusTemplate: readyStatus }),
    stage('Pod', 'pod-done', job, { statusTemplate: doneStatus }),
    stage('Pod', 'pod-delete', deleted, { delete: true }),
  ].join('\n---\n')
}
