import { z } from 'zod'
import { duration, extensionId } from '../../src/config/index.ts'
import { aggregationTemporality, ascend } from '../../src/helpers/metric_options.ts'
import { LANGUAGES } from '../../src/helpers/delivery/wording.ts'
import { sloConfig } from './slo/config.ts'
import { DEFAULT_STAGES } from './trace/default_stages.ts'
import { lifeConfig, stageConfig, type StageConfig } from './trace/stage_config.ts'
import { mergedStages, tableProblem } from './trace/stage_table.ts'

const BUCKETS =
  '100ms 250ms 500ms 1s 2s 3s 5s 8s 10s 15s 20s 30s 45s 1m 90s 2m 3m 5m 10m 15m 30m'.split(' ')

/** The bounds where the configuration has none, in milliseconds. */
export const BOUNDS_MS: readonly number[] = z.array(duration()).parse(BUCKETS)

/** The default stages, checked. */
export const DEFAULTS: readonly StageConfig[] = z.array(stageConfig).parse(DEFAULT_STAGES)

const stages = z
  .array(stageConfig)
  .default([])
  .superRefine((own, context) => {
    const problem = tableProblem(mergedStages(DEFAULTS, own))
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
  .describe('Stages of your own, beside the defaults or in their place.')

const shard = z
  .strictObject({
    index: z.int().min(0).default(0).describe('Which shard this is, from 0.'),
    count: z.int().min(1).max(1024).default(1).describe('How many shards there are.'),
  })
  .refine(({ index, count }) => index < count, { error: 'expected an index below count' })
  .prefault({})
  .describe(
    'Which of the pods are followed here: each shard gets all events and takes its pods by uid.',
  )

const metrics = z
  .strictObject({
    aggregation_temporality: aggregationTemporality,
    flush_interval: duration({ min: '100ms' })
      .prefault('1s')
      .describe('How often data points that have changed are handed on.'),
    full_interval: duration({ min: '1s' }).prefault('60s').describe('How often all of them are.'),
    buckets: z
      .array(duration())
      .superRefine(ascend)
      .optional()
      .describe(`Upper bounds of durations; by default ${BUCKETS.join(', ')}.`),
    workload: z
      .boolean()
      .default(false)
      .describe('Whether data points name the Deployment, Job or other owner of the pod.'),
    cardinality_limit: z
      .int()
      .min(0)
      .default(2000)
      .describe(
        'Series of each metric at most; further deliveries are counted in one. 0: no limit.',
      ),
  })
  .prefault({})
  .describe('What is counted of deliveries.')

/** `connectors.pod_delivery`. */
export const podDeliveryConfig = z
  .strictObject({
    settle: duration()
      .prefault('500ms')
      .describe('How long after its end a delivery waits for what other API servers tell late.'),
    expire: duration({ min: '1s' })
      .prefault('35m')
      .describe('How long a delivery is followed at most.'),
    max_pods: z
      .int()
      .min(1)
      .default(20_000)
      .describe(
        'Pods that are followed at most; of more the one that was begun first is given up.',
      ),
    max_events: z
      .int()
      .min(16)
      .default(256)
      .describe(
        'Events that are kept of a pod at most; of Kubernetes Events that repeat the first and the last stay.',
      ),
    keep_finished: z
      .int()
      .min(0)
      .default(1000)
      .describe('Deliveries that are kept for `api` after their end.'),
    unfinished: z
      .enum(['drop', 'emit'])
      .default('drop')
      .describe(
        'What becomes of deliveries under way when the agent ends and `storage` is not set: `emit` hands them on as they stand, with the outcome `unknown`.',
      ),
    life: lifeConfig,
    stages,
    slo: sloConfig.prefault({}).describe('How long a delivery may take.'),
    languages: z
      .array(z.enum(LANGUAGES))
      .min(1)
      .default(['en'])
      .describe(
        'Of the sentences in log records: the first is that of the body, others are attributes.',
      ),
    metrics,
    rollouts: z
      .boolean()
      .optional()
      .describe(
        'A trace for each rollout of a Deployment or Job, with its pods; by default where there is one shard.',
      ),
    shard,
    storage: extensionId()
      .optional()
      .describe('The extension that keeps deliveries under way over a restart.'),
    api: extensionId()
      .optional()
      .describe('The extension that serves what is known of deliveries.'),
  })
  .refine(({ rollouts, shard: { count } }) => rollouts !== true || count === 1, {
    path: ['rollouts'],
    error: 'expected false with several shards, each of which sees a part of the pods',
  })
  .refine(({ unfinished, storage }) => unfinished === 'drop' || storage === undefined, {
    path: ['unfinished'],
    error: 'expected drop with storage, which keeps them for the next start',
  })

/** `connectors.pod_delivery`, checked and with defaults. */
export type PodDeliveryConfig = z.output<typeof podDeliveryConfig>
