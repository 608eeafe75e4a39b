/*
 * What is known of the delivery of a pod: of bringing it up, of taking it down, or of restarting one
 * of its containers in place. Times are milliseconds since 1970, with a fraction where the API server
 * gives microseconds; all are the clock of the API server that wrote them.
 */

/** Whose time, or whose fault: the cluster's, or that of whoever wrote the pod's spec and images. */
export type Owner = 'platform' | 'user'

/** A pod, named for good: a name may come again with another uid. */
export interface PodRef {
  readonly uid: string
  readonly namespace: string
  readonly name: string
}

/** What owns a pod, or what owns that: `{ kind: 'ReplicaSet', name: 'shop-5d8', uid: '…' }`. */
export interface OwnerRef {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** One container of a pod's spec. */
export interface ContainerFacts {
  readonly name: string
  readonly image: string
  /** `sidecar` is an init container whose `restartPolicy` is `Always`. */
  readonly role: 'init' | 'sidecar' | 'main' | 'ephemeral'
  /** Requested CPU in cores, 0 where none is. */
  readonly cpu: number
  /** Requested memory in bytes, 0 where none is. */
  readonly memory: number
  /** The limit of its memory in bytes, where it has one. */
  readonly memoryLimit?: number
  readonly hasPostStart: boolean
  readonly probes: readonly ('startup' | 'readiness' | 'liveness')[]
}

/** One volume of a pod's spec, with the name of what it needs, empty where it needs nothing. */
export interface VolumeFacts {
  readonly name: string
  /** Its key in the spec: `configMap`, `persistentVolumeClaim`, `emptyDir`. */
  readonly type: string
  readonly source: string
}

/** What a pod's spec and metadata say, from the newest whole object that was seen. */
export interface PodFacts extends PodRef {
  readonly nodeName: string
  readonly schedulerName: string
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly hostNetwork: boolean
  readonly priorityClass: string
  /** Its controller, undefined for a pod of its own. */
  readonly owner: OwnerRef | undefined
  /** The Deployment or CronJob behind the owner, once that is known. */
  readonly workload: OwnerRef | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly containers: readonly ContainerFacts[]
  readonly volumes: readonly VolumeFacts[]
  readonly readinessGates: readonly string[]
  /** Whether the spec asks for nodes or neighbours: `nodeAffinity`, `podAntiAffinity`, `nodeSelector`, `topologySpread`. */
  readonly placement: readonly string[]
  /** 0 where it is not known. */
  readonly createdMs: number
  /** False when no whole object was seen (audit level below RequestResponse): the rest is then empty. */
  readonly complete: boolean
}

/** How a container stood in the newest status that was seen. */
export interface ContainerStatusFacts {
  readonly name: string
  readonly ready: boolean
  readonly restarts: number
  readonly state: 'waiting' | 'running' | 'terminated'
  /** Of waiting or terminated: `CrashLoopBackOff`, `OOMKilled`, `Completed`. */
  readonly reason: string
  readonly message: string
  /** Of terminated; undefined for other states. */
  readonly exitCode: number | undefined
  /** 0 where it is not told. */
  readonly startedMs: number
  readonly finishedMs: number
  /** How it ended the last time, where it was restarted. */
  readonly last:
    | { readonly reason: string; readonly exitCode: number; readonly finishedMs: number }
    | undefined
}

/** One condition of a pod's status. */
export interface ConditionFacts {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly sinceMs: number
}

/** A pod's newest status. */
export interface PodStatusFacts {
  readonly phase: string
  /** `Evicted`, `NodeLost`, `UnexpectedAdmissionError`; empty mostly. */
  readonly reason: string
  readonly message: string
  readonly conditions: readonly ConditionFacts[]
  /** Containers of all roles. */
  readonly containers: readonly ContainerStatusFacts[]
}

interface EventBase {
  /** Equal for what was told twice: by two API servers, by a file read again, by a watch and the audit log. */
  readonly id: string
  readonly timeMs: number
  readonly pod: PodRef
  /**
   * What stages are begun and ended by. For an operation one of
   * `pod:create:received|success|failed`, `schedule:<scheduler>:entry`, `schedule:binding:success|failed`,
   * `condition:<Type>:<true|false>`, `phase:<Phase>:set`, `pod:ip:set`,
   * `pod:nominated:set`, `containerStarted:<container>:true`,
   * `containerReady:<container>:<true|false>`, `containerRestartCount:<container>:<n>`,
   * `containerState:<container>:<Running|Waiting:reason|Terminated:reason;exitCode:n>`,
   * `finalizer:add:<name>`, `finalizer:delete:<name>`, `label:add:<key>`, `label:delete:<key>`,
   * `annotation:add:<key>`, `annotation:delete:<key>`, `pod:delete:success|failed`,
   * `pod:deleted:success`, `pod:eviction:success|failed`; for a Kubernetes Event `event:<Reason>`.
   */
  readonly name: string
  /** Which program said it, from its user agent or the Event's source: `kubelet`, `kube-scheduler`. */
  readonly component: string
  /** The container it is about, empty where it is about the pod. */
  readonly container: string
}

/** What a request to the API server did to a pod. */
export interface Operation extends EventBase {
  readonly source: 'operation'
  /** HTTP status of the request; 0 for what a watch saw. */
  readonly code: number
  /** The user that asked, `system:node:n1`; empty for what a watch saw. */
  readonly user: string
  /** The message of the answer of a request that failed, of a condition, of a container's state. */
  readonly message: string
  /** The reason that stands beside that message. */
  readonly reason: string
}

/** A Kubernetes Event about a pod, core/v1 or events.k8s.io/v1. */
export interface KubernetesEvent extends EventBase {
  readonly source: 'event'
  readonly reason: string
  readonly message: string
  readonly type: 'Normal' | 'Warning'
  /** How often it happened by then, from `count` or `series.count`; at least 1. */
  readonly count: number
  /** When it happened first; `timeMs` is the last time. */
  readonly firstMs: number
}

/** One fact about one pod, at one moment. */
export type DeliveryEvent = Operation | KubernetesEvent

/** What went wrong during a stage, repeats in one. */
export interface StageError {
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** A stretch of a delivery. */
export interface Stage {
  /**
   * `admission`, `queueing`, `preemption`, `scheduling`, `volumes`, `sandbox`, `image_pull`,
   * `init_container`, `container_create`, `container_start`, `post_start`, `startup`, `readiness`,
   * `run` (of a job), `readiness_gate`, `scheduling_gate`, `pod_ready`, `back_off`,
   * `container_kill`, `finalizer`, `pod_removal`, or a user's own.
   */
  readonly type: string
  /** Which of them: an image, a container, a volume, a gate, a finalizer; empty where there is one. */
  readonly subject: string
  readonly owner: Owner
  /** The program at work: `kube-scheduler`, `kubelet`, `kube-apiserver`; `application` for user time. */
  readonly component: string
  readonly startMs: number
  /** Undefined while it lasts. */
  readonly endMs: number | undefined
  /** Of an image pull: how long it waited for other pulls; 0 where none is told. */
  readonly waitedMs: number
  readonly errors: readonly StageError[]
}

/** What kind of delivery: `restart` is one container that begins again in its pod. */
export type DeliveryKind = 'create' | 'delete' | 'restart'

/**
 * How it stands. `ready`: a service is Ready; `succeeded` and `failed`: a job's pod has ended;
 * `rejected`: the API server took it not; `deleted`: the pod is gone, or the
 * kubelet ended it (the good end of a `delete`, the end of a `create` that was cut short); `expired`:
 * it was followed for as long as it may be;
 * `unknown`: its beginning or end was not seen.
 */
export type Outcome =
  | 'ready'
  | 'succeeded'
  | 'failed'
  | 'rejected'
  | 'deleted'
  | 'expired'
  | 'unknown'

/** A delivery as it is known now: what the judges get. */
export interface Delivery {
  readonly kind: DeliveryKind
  readonly pod: PodFacts
  readonly status: PodStatusFacts | undefined
  /** The container of a `restart`; empty for others. */
  readonly container: string
  readonly startMs: number
  /** Undefined while it lasts. */
  readonly endMs: number | undefined
  /** Undefined while it lasts. */
  readonly outcome: Outcome | undefined
  /** By time; equal ids once. */
  readonly events: readonly DeliveryEvent[]
  /** Events that were left out for lack of room. */
  readonly eventsLeftOut: number
  /** By their beginning. */
  readonly stages: readonly Stage[]
  /** 32 hex digits: the same for the same delivery, wherever and whenever it is followed. */
  readonly traceId: string
}

/** Whether a promise was kept. `excused`: not in time, and that was the user's doing or wish. */
export type Kept = 'kept' | 'broken' | 'excused' | 'open' | 'unknown'

/** What a delivery took, and whether that was in order. */
export interface Verdict {
  /** `typical`, `nontypical_1`, `nontypical_2`, `best_effort`, or a class of the configuration. */
  readonly class: string
  /** `service` or `job`, by the pod's restart policy. */
  readonly path: string
  /** Milliseconds that the platform may take; 0 for best effort. */
  readonly promisedMs: number
  readonly totalMs: number
  /** Total minus the user's time that no platform time covers; from 0 to `totalMs`. */
  readonly platformMs: number
  readonly userMs: number
  /** By SIG-scalability's formula: without image pulls and init containers; undefined while not known. */
  readonly upstreamMs: number | undefined
  readonly kept: Kept
  /** By the upstream formula and its own promise. */
  readonly upstreamKept: Kept
}

/** A piece of what a diagnosis rests on: what was seen, when. */
export interface Evidence {
  readonly timeMs: number
  readonly text: string
}

/** Why a delivery is as it is. */
export interface Diagnosis {
  /** One of the documented codes, `ImageNotFound`; `Success`; `Unknown` where nothing explains it. */
  readonly code: string
  /** The stage whose judge spoke, empty where all of them passed it. */
  readonly stage: string
  readonly owner: Owner | 'none' | 'unknown'
  readonly severity: 'none' | 'slow' | 'failing' | 'failed'
  /** What it is about: container, image, volume, node; empty where it is the pod. */
  readonly subject: string
  readonly sentence: Localised
  readonly action: Localised
  readonly evidence: readonly Evidence[]
  /** Further codes that hold too, the likeliest first. */
  readonly also: readonly string[]
}

/** A text in the languages that are shipped. */
export interface Localised {
  readonly en: string
  readonly zh: string
}

/** A delivery with what was made of it. */
export interface JudgedDelivery {
  readonly delivery: Delivery
  readonly verdict: Verdict
  readonly diagnosis: Diagnosis
}
