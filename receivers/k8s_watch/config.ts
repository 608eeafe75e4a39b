import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { apiAccessFields } from '../../src/kubernetes/index.ts'

/** Kinds that events are about where nothing else is said: pods, what they run on, and what makes them. */
const EVENT_KINDS = [
  'Pod',
  'Node',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'PersistentVolumeClaim',
]

/** `receivers.k8s_watch`. Durations are milliseconds. */
export const k8sWatchConfig = z.strictObject({
  ...apiAccessFields,
  namespaces: z
    .array(z.string().min(1))
    .default([])
    .describe('Watch these, with a Role in each; all of them if empty, with a ClusterRole.'),
  pods: z
    .strictObject({
      label_selector: z
        .string()
        .min(1)
        .optional()
        .describe('Only pods whose labels fit, such as `app=shop,tier in (web, api)`.'),
      field_selector: z
        .string()
        .min(1)
        .optional()
        .describe('Only pods whose fields fit, such as `spec.nodeName=node-1`.'),
    })
    .prefault({})
    .describe('Which pods are watched.'),
  events: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Watch events.'),
      kinds: z
        .array(z.string().min(1))
        .default(EVENT_KINDS)
        .describe('Only events about objects of these kinds are handed on; all if empty.'),
      field_selector: z
        .string()
        .min(1)
        .optional()
        .describe('Only events whose fields fit, such as `involvedObject.kind=Pod`.'),
    })
    .prefault({})
    .describe('Which events are watched, core/v1 or, where that is not allowed, events.k8s.io/v1.'),
  owners: z
    .enum(['none', 'metadata', 'whole'])
    .default('metadata')
    .describe(
      "What is watched of ReplicaSets and Jobs, by which a pod's Deployment or CronJob is found: only metadata, which is cheap, or also how many pods they want and how a Job ended; with `whole` Deployments too.",
    ),
  resync: duration()
    .prefault('0s')
    .describe(
      'List everything again when the last list is so old, and hand on what differs. 0s: only when the API server asks for it.',
    ),
})

/** The parsed form of `receivers.k8s_watch`. */
export type K8sWatchConfig = z.output<typeof k8sWatchConfig>
