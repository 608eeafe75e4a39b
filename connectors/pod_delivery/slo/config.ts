import { z } from 'zod'
import { duration } from '../../../src/config/index.ts'

const amount = z.number().min(0).optional()
const names = z.array(z.string().min(1)).min(1).optional()

const conditions = z.strictObject({
  cpu_over: amount.describe('Cores requested by all containers together, more than this.'),
  memory_over_gib: amount.describe('Memory requested by all containers together, more than this.'),
  containers_over: amount.describe('Containers that are not init containers, more than this.'),
  volumes_over: amount.describe('Volumes, more than this.'),
  placement: names.describe(
    'Any of the wishes for nodes or neighbours: `nodeSelector`, `nodeAffinity`, `podAffinity`, `podAntiAffinity`, `topologySpread`.',
  ),
  namespaces: names.describe('Any of these namespaces.'),
  labels: z.record(z.string(), z.string()).optional().describe('All of these labels.'),
  priority_classes: names.describe('Any of these priority classes.'),
})

const ownClass = z.strictObject({
  name: z.string().min(1).describe('What verdicts call it.'),
  promise: duration().describe('What the platform may take; 0s: best effort, no promise.'),
  when: conditions
    .refine((given) => Object.values(given).some((value) => value !== undefined), {
      error: 'expected at least one condition, received none',
    })
    .describe('What a pod must be like: all of what is given holds.'),
})

const paths = z.strictObject({
  service: duration()
    .optional()
    .describe(
      'The promise of every pod with `restartPolicy: Always`, in place of `typical` and its like.',
    ),
  job: duration().optional().describe('The promise of every other pod, in the same way.'),
})

const slowPaths = z.strictObject({
  preemption: duration()
    .prefault('60s')
    .describe('Added where other pods have to leave first, for they have a grace period.'),
  volume_attach: duration()
    .prefault('60s')
    .describe('Added where a volume has to be attached to the node.'),
  scale_up: duration()
    .prefault('10m')
    .describe('Added where a node has to be brought up first (Cluster Autoscaler, Karpenter).'),
})

/** The part of `connectors.pod_delivery` that says how long a delivery may take. */
export const sloConfig = z.strictObject({
  classes: z
    .array(ownClass)
    .default([])
    .describe('Classes of your own, before all others: the first whose conditions hold is taken.'),
  namespaces: z
    .record(z.string(), duration())
    .default({})
    .describe('The promise for all pods of a namespace that are in no class of your own.'),
  paths: paths.prefault({}).describe('Promises by what kind of pod it is.'),
  typical: duration()
    .prefault('90s')
    .describe('The promise for pods that nothing below is true of.'),
  nontypical_1: duration()
    .prefault('10m')
    .describe(
      'More than 3 containers or 15 volumes, or a wish for neighbours (`podAffinity`, `podAntiAffinity`, `topologySpread`).',
    ),
  nontypical_2: duration().prefault('30m').describe('More than 8 cores or 16 GiB.'),
  slow_paths: slowPaths
    .prefault({})
    .describe('What is added to the promise where the way to a running pod is longer.'),
  delete: duration().prefault('10m').describe('The promise for taking a pod down.'),
  restart: duration()
    .prefault('90s')
    .describe('The promise for starting a container again in its pod.'),
  upstream: duration()
    .prefault('5s')
    .describe("The promise by the formula of Kubernetes' SIG Scalability."),
})

/** `slo`, checked and with defaults; durations in milliseconds. */
export type SloConfig = z.output<typeof sloConfig>

/** One class of the configuration. */
export type OwnClass = SloConfig['classes'][number]
