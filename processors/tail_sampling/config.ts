import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { checkPolicies } from './check.ts'
import { policyConfig } from './policy_config.ts'

/*
 * Keys and defaults of the Collector's tail sampling processor
 * (opentelemetry-collector-contrib/processor/tailsamplingprocessor, v0.164), and two of our own:
 * max_held_mib and wait_for_decision.
 */

const cacheSize = z.int().min(0).max(0xff_ffff).default(0)

const decisionCache = z
  .strictObject({
    sampled_cache_size: cacheSize.describe(
      'How many traces that were sampled are remembered. 0: as many as `num_traces`.',
    ),
    non_sampled_cache_size: cacheSize.describe(
      'How many traces that were not sampled are remembered. 0: as many as `num_traces`.',
    ),
  })
  .prefault({})
  .describe('Decisions that are remembered for spans that come after them.')

/** `processors.tail_sampling`. Durations are milliseconds. */
export const tailSamplingConfig = z.strictObject({
  decision_wait: duration({ min: '1ms' })
    .prefault('30s')
    .describe('How long the spans of a trace are waited for, from the first one on.'),
  decision_wait_after_root_received: duration()
    .prefault('0s')
    .describe('How long they are waited for at most once the root is there. 0s: as without it.'),
  num_traces: z
    .int()
    .min(1)
    .max(0xff_ffff)
    .default(50_000)
    .describe('Traces that are held at most. Beyond it the oldest one is decided early.'),
  max_held_mib: z
    .number()
    .positive()
    .default(512)
    .describe(
      'Memory of what is held, in MiB at most. Beyond it the oldest traces are decided early.',
    ),
  block_on_overflow: z
    .boolean()
    .default(false)
    .describe(
      'Refuse what comes while there is no room, so that its sender tries again, instead of deciding the oldest traces early.',
    ),
  maximum_trace_size_bytes: z
    .int()
    .min(0)
    .default(0)
    .describe('A trace that grows larger is given up at once, and not sampled. 0: no limit.'),
  expected_new_traces_per_sec: z
    .int()
    .min(0)
    .default(0)
    .describe('Taken because the Collector has it; memory grows with what comes.'),
  decision_cache: decisionCache,
  wait_for_decision: z
    .boolean()
    .default(false)
    .describe(
      'Whoever sent spans hears what became of them once their traces are decided, not that they are held. What a sender was answered is then not lost with this process.',
    ),
  sample_on_first_match: z
    .boolean()
    .default(false)
    .describe('Ask no further policies once one has sampled a trace.'),
  drop_pending_traces_on_shutdown: z
    .boolean()
    .default(false)
    .describe('Drop what is held at the end instead of deciding it with the spans that are there.'),
  policies: z
    .array(policyConfig)
    .min(1)
    .superRefine(checkPolicies)
    .describe('What decides: a trace that one of them samples is sampled, unless one drops it.'),
})

/** `processors.tail_sampling`, checked and with defaults. */
export type TailSamplingConfig = z.output<typeof tailSamplingConfig>
