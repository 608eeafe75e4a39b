import type { KubeObject } from './client.ts'

/** Whether an init container goes on beside the containers: a sidecar. */
export const isSidecar = (spec: KubeObject): boolean => spec['restartPolicy'] === 'Always'

/** What a kubelet knows of a pod that it runs. */
export interface PodState {
  /** The pod as the API server last had it. */
  pod: KubeObject
  readonly containers: KubeObject[]
  readonly initContainers: KubeObject[]
  sandboxReady: boolean
  podIP: string | undefined
  startTime: string
  /** Set where a kubelet ends a pod by itself, as for a deadline. */
  verdict?: { phase: string; reason: string; message: string }
}

/** The state of a pod that a kubelet has just accepted. */
export function newPodState(pod: KubeObject, now: string): PodState {
  const inits = (pod['spec'].initContainers ?? []) as KubeObject[]
  const waiting = { reason: inits.length > 0 ? 'PodInitializing' : 'ContainerCreating' }
  const status = (container: KubeObject): KubeObject => ({
    name: container['name'],
    image: container['image'],
    imageID: '',
    ready: false,
    restartCount: 0,
    started: false,
    lastState: {},
    state: { waiting },
  })
  return {
    pod,
    containers: (pod['spec'].containers as KubeObject[]).map(status),
    initContainers: inits.map(status),
    sandboxReady: false,
    podIP: undefined,
    startTime: now,
  }
}

/** The whole status, as pkg/kubelet/kubelet_pods.go and status/generate.go make it. */
export function statusOf(state: PodState, generations: boolean, now: string): KubeObject {
  const phase = phaseOf(state)
  const old = (state.pod['status'].conditions ?? []) as KubeObject[]
  const generation = generations ? { observedGeneration: state.pod['metadata'].generation } : {}
  const fresh = conditionsOf(state, phase).map(([type, ok, reason, message]) => {
    const status = ok ? 'True' : 'False'
    const before = old.find((one) => one['type'] === type)
    const since = before?.['status'] === status ? before['lastTransitionTime'] : now
    const times = { lastProbeTime: null, lastTransitionTime: since }
    return {
      type,
      status,
      ...times,
      ...generation,
      ...(reason && { reason }),
      ...(message && { message }),
    }
  })
  const mine = new Set(fresh.map(({ type }) => type))
  const others = old.filter(({ type }) => !mine.has(type)).concat(disruption(state, now))
  return {
    ...generation,
    phase,
    qosClass: state.pod['status'].qosClass,
    conditions: [...others, ...fresh],
    ...(state.verdict && { reason: state.verdict.reason, message: state.verdict.message }),
    hostIP: '10.0.0.10',
    hostIPs: [{ ip: '10.0.0.10' }],
    ...(state.podIP && { podIP: state.podIP, podIPs: [{ ip: state.podIP }] }),
    startTime: state.startTime,
    ...(state.initContainers.length > 0 && { initContainerStatuses: state.initContainers }),
    containerStatuses: state.containers,
  }
}

/** pkg/kubelet/eviction/eviction_manager.go: what is said of a pod that is evicted. */
function disruption({ verdict }: PodState, now: string): KubeObject[] {
  if (verdict?.reason !== 'Evicted') return []
  const reason = 'TerminationByKubelet'
  const { message } = verdict
  const times = { lastProbeTime: null, lastTransitionTime: now }
  return [{ type: 'DisruptionTarget', status: 'True', reason, message, ...times }]
}

/** pkg/kubelet/kubelet_pods.go, getPhase. */
export function phaseOf({ pod, containers, initContainers, verdict }: PodState): string {
  if (verdict) return verdict.phase
  const policy = pod['spec'].restartPolicy as string
  if (initContainers.some((one) => exitCode(one) > 0) && policy === 'Never') return 'Failed'
  if (containers.every(isTerminated) && (policy !== 'Always' || isDeleted(pod))) {
    const codes = containers.map(exitCode)
    if (codes.every((code) => code === 0)) return 'Succeeded'
    if (policy === 'Never' || isDeleted(pod)) return 'Failed'
  }
  const started = containers.some(({ state, lastState }) => !state.waiting || lastState.terminated)
  return started ? 'Running' : 'Pending'
}

const isDeleted = (pod: KubeObject): boolean => Boolean(pod['metadata'].deletionTimestamp)
const isTerminated = ({ state }: KubeObject): boolean => Boolean(state.terminated)
const exitCode = ({ state }: KubeObject): number => state.terminated?.exitCode ?? -1

type Condition = readonly [type: string, ok: boolean, reason?: string, message?: string]

function conditionsOf(state: PodState, phase: string): Condition[] {
  const { containers } = state
  const initialized = initializedCondition(state, phase)
  const sandbox = ['PodReadyToStartContainers', state.sandboxReady] as const
  const scheduled = ['PodScheduled', true] as const
  if (phase === 'Succeeded' || phase === 'Failed') {
    const reason = phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed'
    const ended = (type: string): Condition => [type, false, reason]
    return [sandbox, initialized, ended('Ready'), ended('ContainersReady'), scheduled]
  }
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name)
  const message = `containers with unready status: [${unready.join(' ')}]`
  const because = unready.length > 0 ? (['ContainersNotReady', message] as const) : undefined
  const containersReady: Condition = ['ContainersReady', !because, ...(because ?? [])]
  return [sandbox, initialized, readyCondition(state, because), containersReady, scheduled]
}

/** pkg/kubelet/status/generate.go, GeneratePodInitializedCondition. */
function initializedCondition(
  { pod, containers, initContainers }: PodState,
  phase: string,
): Condition {
  if (phase === 'Succeeded') return ['Initialized', true, 'PodCompleted']
  const started = containers.some(({ state, lastState }) => !state.waiting || lastState.terminated)
  const specs = (pod['spec'].initContainers ?? []) as KubeObject[]
  const open = initContainers
    .filter((one, at) => !(isSidecar(specs[at]!) ? one['started'] : one['ready']))
    .map(({ name }) => name as string)
  if (started || open.length === 0) return ['Initialized', true]
  const message = `containers with incomplete status: [${open.join(' ')}]`
  return ['Initialized', false, 'ContainersNotInitialized', message]
}

/** pkg/kubelet/status/generate.go, GeneratePodReadyCondition. */
function readyCondition(
  { pod }: PodState,
  because: readonly [reason: string, message: string] | undefined,
): Condition {
  if (because) return ['Ready', false, ...because]
  const conditions = (pod['status'].conditions ?? []) as KubeObject[]
  const gates = (pod['spec'].readinessGates ?? []) as KubeObject[]
  const closed = gates.flatMap(({ conditionType: type }) => {
    const status = conditions.find((one) => one['type'] === type)?.['status']
    if (status === 'True') return []
    if (status === undefined) {
      return [`corresponding condition of pod readiness gate "${type}" does not exist.`]
    }
    return [`the status of pod readiness gate "${type}" is not "True", but ${status}`]
  })
  return closed.length > 0
    ? ['Ready', false, 'ReadinessGatesNotReady', closed.join(', ')]
    : ['Ready', true]
}
