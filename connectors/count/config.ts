import { z } from 'zod'
import { attributeValue } from '../../src/helpers/attribute_value_config.ts'
import { compileCondition, problemsIn } from '../../src/ottl/index.ts'
import { DEFAULTS, type Counted } from './counted.ts'

const attribute = z.strictObject({
  key: z.string().min(1).describe('The key, looked for in the item, its scope and its resource.'),
  default_value: attributeValue
    .optional()
    .describe('Its value for items that have none. Unset: these are not counted.'),
})

const plain = z.strictObject({
  description: z.string().default('').describe('What the metric says of itself.'),
  conditions: z
    .array(z.string())
    .default([])
    .describe('What one of these holds for is counted; everything if there is none.'),
})

const withAttributes = plain.extend({
  attributes: z
    .array(attribute)
    .default([])
    .describe('Count apart what has different values of these attributes.'),
})

/** A section with the metrics of one kind of item. */
const section = <T extends z.ZodType>(counted: Counted, metric: T) =>
  z
    .record(z.string(), metric)
    .default({})
    .superRefine((metrics, context) => {
      for (const [name, given] of Object.entries(metrics)) {
        if (name === '') {
          context.addIssue({ code: 'custom', message: 'expected a name for the metric' })
        }
        const { conditions } = given as z.output<typeof plain>
        conditions.forEach((text, i) => {
          const message = problemsIn(() => compileCondition(DEFAULTS[counted].context, text))
          if (message === undefined) return
          context.addIssue({ code: 'custom', path: [name, 'conditions', i], message })
        })
      }
    })
    .describe(
      `Metrics that count ${DEFAULTS[counted].items}, by their names; \`${DEFAULTS[counted].name}\` unless any are given.`,
    )

/** `connectors.count`, with the Collector's keys. */
export const countConfig = z.strictObject({
  spans: section('spans', withAttributes),
  spanevents: section('spanevents', withAttributes),
  metrics: section('metrics', plain),
  datapoints: section('datapoints', withAttributes),
  logs: section('logs', withAttributes),
})

/** `connectors.count`, checked and with defaults. */
export type CountConfig = z.output<typeof countConfig>
/** One metric. */
export type MetricConfig = z.output<typeof plain> & {
  readonly attributes?: z.output<typeof attribute>[]
}
