import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

const mib = z.int().min(0).max(0xffff_ffff).default(0)
const percentage = z.int().min(0).default(0)

const fields = z.strictObject({
  check_interval: duration()
    .prefault('0s')
    .describe('Time from one look at the memory to the next. It has to be set; 1s is advised.'),
  limit_mib: mib.describe('The hard limit, in MiB. Goes before `limit_percentage`.'),
  spike_limit_mib: mib.describe(
    'How much below the hard limit the soft one lies, in MiB. 0: a fifth of the hard limit.',
  ),
  limit_percentage: percentage.describe(
    "The hard limit as a share of the memory there is: of the cgroup's limit, else the machine's.",
  ),
  spike_limit_percentage: percentage.describe(
    'How much below the hard limit the soft one lies, as a share of the memory there is. 0: a fifth of the hard limit.',
  ),
  min_gc_interval_when_soft_limited: duration()
    .prefault('10s')
    .describe('Time from one forced garbage collection to the next between the two limits.'),
  min_gc_interval_when_hard_limited: duration()
    .prefault('0s')
    .describe('Time from one forced garbage collection to the next above the hard limit.'),
  max_gc_interval_when_soft_limited: duration()
    .prefault('30s')
    .describe('Up to where that time doubles while collecting does not help. 0: it does not.'),
  max_gc_interval_when_hard_limited: duration()
    .prefault('30s')
    .describe('Up to where that time doubles while collecting does not help. 0: it does not.'),
})

type Fields = z.output<typeof fields>

interface Rule {
  readonly key: keyof Fields
  readonly broken: (config: Fields) => boolean
  /** As the Collector words it, so that it can be looked up. */
  readonly text: string
}

/** The Collector's own rules (internal/memorylimiter/config.go, v0.159). */
const RULES: readonly Rule[] = [
  {
    key: 'check_interval',
    broken: (config) => config.check_interval === 0,
    text: "'check_interval' must be greater than zero",
  },
  {
    key: 'min_gc_interval_when_soft_limited',
    broken: (config) =>
      config.min_gc_interval_when_soft_limited < config.min_gc_interval_when_hard_limited,
    text: "'min_gc_interval_when_soft_limited' should be larger than 'min_gc_interval_when_hard_limited'",
  },
  {
    key: 'max_gc_interval_when_soft_limited',
    broken: (config) =>
      config.max_gc_interval_when_soft_limited > 0 &&
      config.max_gc_interval_when_soft_limited < config.min_gc_interval_when_soft_limited,
    text: "'max_gc_interval_when_soft_limited' must be greater than or equal to 'min_gc_interval_when_soft_limited' (or 0 to disable)",
  },
  {
    key: 'max_gc_interval_when_hard_limited',
    broken: (config) =>
      config.max_gc_interval_when_hard_limited > 0 &&
      config.max_gc_interval_when_hard_limited < config.min_gc_interval_when_hard_limited,
    text: "'max_gc_interval_when_hard_limited' must be greater than or equal to 'min_gc_interval_when_hard_limited' (or 0 to disable)",
  },
  {
    key: 'max_gc_interval_when_soft_limited',
    broken: (config) =>
      config.max_gc_interval_when_soft_limited > 0 &&
      config.max_gc_interval_when_soft_limited < config.max_gc_interval_when_hard_limited,
    text: "'max_gc_interval_when_soft_limited' should be larger than or equal to 'max_gc_interval_when_hard_limited' (when both are set)",
  },
  {
    key: 'limit_mib',
    broken: (config) => config.limit_mib === 0 && config.limit_percentage === 0,
    text: "'limit_mib' or 'limit_percentage' must be greater than zero",
  },
  {
    key: 'limit_percentage',
    broken: (config) => config.limit_percentage > 100 || config.spike_limit_percentage > 100,
    text: "'limit_percentage' and 'spike_limit_percentage' must be greater than zero and less than or equal to hundred",
  },
  {
    key: 'spike_limit_mib',
    broken: (config) => config.limit_mib > 0 && config.limit_mib <= config.spike_limit_mib,
    text: "'spike_limit_mib' must be smaller than 'limit_mib'",
  },
  {
    key: 'spike_limit_percentage',
    broken: (config) =>
      config.limit_percentage > 0 && config.limit_percentage <= config.spike_limit_percentage,
    text: "'spike_limit_percentage' must be smaller than 'limit_percentage'",
  },
]

/** `processors.memory_limiter`: the Collector's keys, defaults and rules. Durations are milliseconds. */
export const memoryLimiterConfig = fields.superRefine((config, context) => {
  for (const { key, broken, text } of RULES) {
    if (broken(config)) context.addIssue({ code: 'custom', path: [key], message: text })
  }
})

/** `processors.memory_limiter`, checked and with defaults. */
export type MemoryLimiterConfig = z.output<typeof memoryLimiterConfig>
