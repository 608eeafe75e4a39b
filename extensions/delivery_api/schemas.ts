import { z } from 'zod'

/*
 * The shape of every answer. The OpenAPI document is made of these, and the types of what is answered
 * too, so neither can say anything else. Names are those of the document's components.
 */

const time = (): z.ZodString => z.string().meta({ format: 'date-time' })
const ms = (): z.ZodNumber => z.number().min(0)

const podRef = z
  .strictObject({ uid: z.string(), namespace: z.string(), name: z.string() })
  .describe('A pod, named for good: a name may come again with another uid.')

const ownerRef = z
  .strictObject({ kind: z.string(), name: z.string(), uid: z.string() })
  .describe('What owns a pod, or what owns that.')

const container = z
  .strictObject({
    name: z.string(),
    image: z.string(),
    role: z.enum(['init', 'sidecar', 'main', 'ephemeral']),
    cpu: z.number().describe('Requested cores, 0 where none are.'),
    memory: z.number().describe('Requested bytes, 0 where none are.'),
    state: z.enum(['waiting', 'running', 'terminated', 'unknown']),
    reason: z.string(),
    message: z.string(),
    ready: z.boolean(),
    restarts: z.int().min(0),
    exit_code: z.int().nullable(),
  })
  .describe('A container: what its spec asks for and how it stood last.')

const condition = z
  .strictObject({
    type: z.string(),
    status: z.enum(['True', 'False', 'Unknown']),
    reason: z.string(),
    message: z.string(),
    since: time().nullable(),
  })
  .describe("A condition of a pod's status.")

const podInfo = z
  .strictObject({
    pod: podRef,
    node: z.string(),
    scheduler: z.string(),
    phase: z.string(),
    reason: z.string(),
    message: z.string(),
    restart_policy: z.enum(['Always', 'OnFailure', 'Never']),
    host_network: z.boolean(),
    priority_class: z.string(),
    owner: ownerRef.nullable(),
    workload: ownerRef.nullable().describe('The Deployment or CronJob behind the owner.'),
    labels: z.record(z.string(), z.string()),
    containers: z.array(container),
    volumes: z.array(
      z.strictObject({ name: z.string(), type: z.string(), source: z.string() }).meta({
        description: 'A volume, its type and what it needs.',
      }),
    ),
    readiness_gates: z.array(z.string()),
    conditions: z.array(condition),
    created: time().nullable(),
    complete: z.boolean().describe('False where no whole object was seen: the rest is empty then.'),
  })
  .describe('What a pod is.')

const lifecycleEvent = z
  .strictObject({
    time: time(),
    source: z.enum(['operation', 'event']),
    name: z.string().describe('`pod:create:success`, `condition:Ready:true`, `event:Pulled`.'),
    component: z.string().describe('The program that said it.'),
    container: z.string().describe('Empty where it is about the pod.'),
    reason: z.string(),
    message: z.string(),
    code: z.int().describe('HTTP status of the request; 0 for an event and for what a watch saw.'),
    count: z.int().min(1),
  })
  .describe('One thing that happened to a pod.')

const lifecycle = z
  .strictObject({
    events: z.array(lifecycleEvent).describe('By time.'),
    left_out: z.int().min(0).describe('Events that are known or were, and are not in the list.'),
  })
  .describe('The key events of a pod.')

const deliveryRef = {
  kind: z.enum(['create', 'delete', 'restart']),
  container: z.string().describe('The container of a restart; empty for others.'),
  trace_id: z.string().describe('32 hex digits.'),
  start: time(),
  end: time().nullable().describe('Null while it lasts.'),
}

const outcome = z
  .enum(['ready', 'succeeded', 'failed', 'rejected', 'deleted', 'expired', 'unknown'])
  .nullable()
  .describe('How it ended; null while it lasts.')

const stageError = z
  .strictObject({
    reason: z.string(),
    message: z.string(),
    count: z.int().min(1),
    first: time(),
    last: time(),
  })
  .describe('What went wrong during a stage, repeats in one.')

const stage = z
  .strictObject({
    type: z.string().describe('`scheduling`, `image_pull`, `readiness`, or a stage of your own.'),
    subject: z.string().describe('Which image, container, volume; empty where there is one.'),
    owner: z.enum(['platform', 'user']).describe('Whose time it is.'),
    component: z.string().describe('The program at work.'),
    start: time(),
    end: time().nullable(),
    duration_ms: ms().nullable().describe('Null while it lasts.'),
    waited_ms: ms().describe('Of an image pull: how long it waited for others.'),
    errors: z.array(stageError),
  })
  .describe('A stretch of a delivery.')

const trace = z
  .strictObject({
    ...deliveryRef,
    outcome,
    stages: z.array(stage).describe('By their beginning.'),
    left_out: z.int().min(0).describe('Stages that are not in the list.'),
  })
  .describe('A delivery in its stages.')

const kept = z
  .enum(['kept', 'broken', 'excused', 'open', 'unknown'])
  .describe("`excused`: not in time, and that was the user's doing or wish.")

const verdict = z
  .strictObject({
    class: z.string(),
    path: z.string().describe('`service` or `job`.'),
    promised_ms: ms().describe('What the platform may take; 0 for best effort.'),
    total_ms: ms(),
    platform_ms: ms(),
    user_ms: ms(),
    upstream_ms: ms().nullable().describe('Without image pulls and init containers.'),
    kept,
    upstream_kept: kept,
  })
  .describe('What a delivery took, and whether that was in order.')

const slo = z
  .strictObject({ ...deliveryRef, outcome, verdict })
  .describe('A delivery and its verdict.')

const evidence = z
  .strictObject({ time: time(), text: z.string() })
  .describe('What was seen, and when.')

const diagnosis = z
  .strictObject({
    code: z.string().describe('`ImageNotFound`; `Success`; `Unknown` where nothing explains it.'),
    stage: z.string(),
    owner: z.enum(['platform', 'user', 'none', 'unknown']).describe('Who can do something.'),
    severity: z.enum(['none', 'slow', 'failing', 'failed']),
    subject: z.string(),
    sentence: z.string().describe('In the language of the answer.'),
    action: z.string().describe('What to do, in the language of the answer.'),
    evidence: z.array(evidence),
    also: z.array(z.string()).describe('Further codes that hold, the likeliest first.'),
  })
  .describe('Why a delivery is as it is.')

const diagnosed = z
  .strictObject({ ...deliveryRef, outcome, diagnosis })
  .describe('A delivery and its diagnosis.')

const others = z.array(podRef).describe('Other pods that had this name, the newest first.')

const pod = z
  .strictObject({
    pod: podRef,
    info: podInfo,
    lifecycle,
    trace: z.array(trace).describe('By their beginning.'),
    slo: z.array(slo),
    diagnosis: z.array(diagnosed),
    others,
  })
  .describe('All that is known of a pod.')

const deliverySummary = z
  .strictObject({
    pod: podRef,
    node: z.string(),
    workload: ownerRef.nullable().describe('The Deployment or CronJob, or else the owner.'),
    ...deliveryRef,
    outcome,
    verdict,
    diagnosis,
  })
  .describe('A delivery without its stages and events.')

const group = z
  .strictObject({
    key: z.string().describe('The namespace, workload (`namespace/kind/name`) or node.'),
    deliveries: z.int().min(0),
    in_flight: z.int().min(0),
    kept: z.int().min(0),
    broken: z.int().min(0),
    excused: z.int().min(0),
    unknown: z.int().min(0).describe('Ended with no verdict that can be given.'),
    platform_ms_p50: ms().nullable().describe('Of those that have ended; null where none has.'),
    platform_ms_p99: ms().nullable(),
    platform_ms_max: ms().nullable(),
    codes: z
      .record(z.string(), z.int().min(1))
      .describe('Diagnoses other than Success, and how often; the ten most frequent.'),
  })
  .describe('Deliveries of one namespace, workload or node.')

const seen = {
  namespaces_left_out: z
    .int()
    .min(0)
    .describe(
      'Namespaces for which it was not asked whether they may be seen: name one to see it.',
    ),
}

/** The schemas of all answers, by their names in the OpenAPI document. */
export const SCHEMAS = {
  PodRef: podRef,
  OwnerRef: ownerRef,
  Container: container,
  Condition: condition,
  PodInfo: podInfo,
  LifecycleEvent: lifecycleEvent,
  Lifecycle: lifecycle,
  StageError: stageError,
  Stage: stage,
  Trace: trace,
  Verdict: verdict,
  Slo: slo,
  Evidence: evidence,
  Diagnosis: diagnosis,
  DiagnosedDelivery: diagnosed,
  Pod: pod,
  PodList: z.strictObject({ pods: z.array(podInfo), more: z.boolean(), ...seen }),
  InfoAnswer: z.strictObject({ pod: podRef, info: podInfo }),
  LifecycleAnswer: z.strictObject({ pod: podRef, lifecycle }),
  TraceAnswer: z.strictObject({ pod: podRef, trace: z.array(trace) }),
  SloAnswer: z.strictObject({ pod: podRef, slo: z.array(slo) }),
  DiagnosisAnswer: z.strictObject({ pod: podRef, diagnosis: z.array(diagnosed) }),
  DeliverySummary: deliverySummary,
  DeliveryList: z.strictObject({
    deliveries: z.array(deliverySummary),
    more: z.boolean().describe('Whether there are more than `limit`.'),
    ...seen,
  }),
  Group: group,
  Summary: z.strictObject({
    by: z.enum(['namespace', 'workload', 'node']),
    groups: z.array(group).describe('Those with the most broken promises first.'),
    deliveries: z.int().min(0).describe('How many were looked at.'),
    more: z.boolean().describe('Whether there are more deliveries or groups than are answered.'),
    ...seen,
  }),
  Problem: z
    .strictObject({ error: z.string().describe('What is wrong, as a sentence.') })
    .describe('Why there is no other answer.'),
} as const

/** The name of a schema. */
export type SchemaName = keyof typeof SCHEMAS

/** What is answered in the shape of a schema. */
export type Answer<N extends SchemaName> = z.output<(typeof SCHEMAS)[N]>
