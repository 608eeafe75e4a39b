import { z } from 'zod'
import { regularExpression } from '../../src/helpers/linear_regexp.ts'
import { errorMode } from '../../src/ottl/index.ts'

const key = z.string().min(1).describe('The attribute, of a span or its resource.')
const invert = z
  .boolean()
  .default(false)
  .describe('Sample the traces in which nothing matches instead.')
const burst = (what: string) =>
  z
    .int()
    .min(0)
    .default(0)
    .describe(`How many ${what} there can be at once, and a trace can have. 0: twice the rate.`)

/** The options of the policies that have no others in them, by type. */
const blocks = {
  latency: z
    .strictObject({
      threshold_ms: z.int().min(0).default(0).describe('Traces that last longer are sampled.'),
      upper_threshold_ms: z
        .int()
        .min(0)
        .default(0)
        .describe('Unless they last longer than this. 0: no limit.'),
    })
    .optional()
    .describe('From the first start of a span to the last end, in milliseconds.'),
  numeric_attribute: z
    .strictObject({
      key,
      min_value: z.number().optional().describe('The least value that matches.'),
      max_value: z.number().optional().describe('The largest value that matches.'),
      invert_match: invert,
    })
    .refine(({ min_value, max_value }) => min_value !== undefined || max_value !== undefined, {
      error: 'expected "min_value" or "max_value" or both',
    })
    .optional()
    .describe('Traces with a number in this range.'),
  string_attribute: z
    .strictObject({
      key,
      values: z.array(z.string()).min(1).describe('One of these matches.'),
      enabled_regex_matching: z
        .boolean()
        .default(false)
        .describe('`values` are regular expressions (RE2) that match anywhere in the text.'),
      cache_max_size: z
        .int()
        .min(0)
        .max(0xff_ffff)
        .default(0)
        .describe('Texts whose matches are remembered. 0: 128.'),
      invert_match: invert,
    })
    .superRefine(({ values, enabled_regex_matching: isPattern }, ctx) => {
      if (!isPattern) return
      values.forEach((value, i) => {
        const issues = regularExpression().safeParse(value).error?.issues ?? []
        for (const { message } of issues) {
          ctx.addIssue({ code: 'custom', path: ['values', i], message })
        }
      })
    })
    .optional()
    .describe('Traces with one of these texts.'),
  boolean_attribute: z
    .strictObject({
      key,
      value: z.boolean().default(false).describe('The value that matches.'),
      invert_match: invert,
    })
    .optional()
    .describe('Traces with this boolean.'),
  status_code: z
    .strictObject({
      status_codes: z
        .array(z.enum(['OK', 'ERROR', 'UNSET']))
        .min(1)
        .describe('One of these matches.'),
    })
    .optional()
    .describe('Traces with a span of one of these statuses.'),
  rate_limiting: z
    .strictObject({
      spans_per_second: z.int().min(1).describe('Spans a second that are sampled.'),
      burst_capacity: burst('spans'),
    })
    .optional()
    .describe('As many traces as their spans allow.'),
  bytes_limiting: z
    .strictObject({
      bytes_per_second: z.int().min(1).describe('Bytes a second, as OTLP, that are sampled.'),
      burst_capacity: burst('bytes'),
    })
    .optional()
    .describe('As many traces as their bytes allow.'),
  probabilistic: z
    .strictObject({
      sampling_percentage: z
        .number()
        .min(0)
        .default(0)
        .describe('The share of traces that are sampled, by their ids; 100 and more are all.'),
      hash_salt: z
        .string()
        .default('')
        .describe('Another one chooses other traces. Empty: the default of the Collector.'),
    })
    .optional()
    .describe('A share of all traces, the same ones in every replica.'),
  span_count: z
    .strictObject({
      min_spans: z.int().min(0).default(0).describe('The fewest spans that match.'),
      max_spans: z.int().min(0).default(0).describe('The most spans that match. 0: no limit.'),
    })
    .optional()
    .describe('Traces with so many spans.'),
  trace_state: z
    .strictObject({
      key: z.string().min(1).describe('The key in the trace state.'),
      values: z.array(z.string()).min(1).describe('One of these matches.'),
    })
    .optional()
    .describe('Traces with one of these values in a trace state (W3C).'),
  ottl_condition: z
    .strictObject({
      error_mode: errorMode
        .default('ignore')
        .describe('What happens when a condition fails with the data that it got.'),
      span: z.array(z.string()).default([]).describe('Conditions on spans.'),
      spanevent: z.array(z.string()).default([]).describe('Conditions on span events.'),
    })
    .refine(({ span, spanevent }) => span.length + spanevent.length > 0, {
      error: 'expected at least one condition, in "span" or "spanevent"',
    })
    .optional()
    .describe('Traces for one of whose spans or events a condition (OTTL) holds.'),
}

/** The types of policies that have options of their own, and no policies in them. */
export const BLOCK_TYPES = Object.keys(blocks) as readonly (keyof typeof blocks)[]

const simple = ['always_sample', 'trace_flags', ...BLOCK_TYPES] as const
const name = z.string().min(1).describe('Its name, for metrics.')

const plainPolicy = z.strictObject({
  name: z.string().default('').describe('Its name.'),
  type: z.enum(simple).describe('What it goes by.'),
  ...blocks,
})

/**
 * A policy in a policy, whose options the table and the JSON Schema have once: with all that may lie in
 * each other the schema would be half as large again as that of all components.
 */
function inner<T extends z.ZodType>(policy: T): z.ZodPipe<z.ZodUnknown, T> {
  return z.unknown().pipe(policy).meta({ label: 'policy' })
}

const not = z
  .strictObject({
    not_sub_policy: inner(plainPolicy).describe('Any policy without others in it.'),
  })
  .optional()
  .describe('Traces that the policy in it does not sample.')

const partPolicy = z.strictObject({
  name: z.string().default('').describe('Its name.'),
  type: z.enum([...simple, 'not']).describe('What it goes by.'),
  ...blocks,
  not,
})

const parts = () => z.array(inner(partPolicy)).min(1)

const and = z
  .strictObject({
    and_sub_policy: parts().describe('Any policies without others in them, or `not`.'),
  })
  .optional()
  .describe('Traces that all of these sample.')

const sharePolicy = z.strictObject({
  name: z.string().min(1).describe('Its name.'),
  type: z.enum([...simple, 'and']).describe('What it goes by.'),
  ...blocks,
  and,
})

/** One of `policies`. */
export const policyConfig = z.strictObject({
  name,
  type: z
    .enum([...simple, 'and', 'not', 'drop', 'composite'])
    .describe('What it goes by: the key of the same name has its options.'),
  ...blocks,
  and,
  not,
  drop: z
    .strictObject({
      drop_sub_policy: parts().describe('Any policies without others in them, or `not`.'),
    })
    .optional()
    .describe('Traces that all of these sample are dropped, whatever other policies say.'),
  composite: z
    .strictObject({
      max_total_spans_per_second: z
        .int()
        .min(1)
        .describe('Spans a second that each of its policies samples at most.'),
      policy_order: z
        .array(z.string())
        .default([])
        .describe(
          'Names of its policies in the order in which they are asked; as listed if empty.',
        ),
      composite_sub_policy: z
        .array(inner(sharePolicy))
        .min(1)
        .describe('Any policies without others in them, or `and`; the first that samples decides.'),
      rate_allocation: z
        .array(
          z.strictObject({
            policy: z.string().min(1).describe('The name of one of its policies.'),
            percent: z.int().min(0).max(100).default(0).describe('Its share of the total.'),
          }),
        )
        .default([])
        .describe('Shares of the total; a policy without one has as much as if all had the same.'),
    })
    .optional()
    .describe('Policies of which each has a share of the spans a second.'),
})

/** One of `policies`, checked and with defaults. */
export type PolicyConfig = z.output<typeof policyConfig>
/** A policy in a policy. */
export type PartConfig = z.output<typeof partPolicy> | z.output<typeof sharePolicy>
/** The options of a `composite` policy. */
export type CompositeConfig = NonNullable<PolicyConfig['composite']>
