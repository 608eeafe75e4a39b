import { z } from 'zod'

const keys = z.array(z.string())

/** One of `service.telemetry.metrics.views`: what of the declarative schema has a meaning here. */
export const viewConfig = z.strictObject({
  selector: z
    .strictObject({
      instrument_name: z
        .string()
        .optional()
        .describe('The name of a metric, with `*` for anything and `?` for one character.'),
      instrument_type: z
        .enum(['counter', 'observable_counter', 'gauge', 'observable_gauge'])
        .optional()
        .describe('Only metrics of this type.'),
      unit: z.string().optional().describe('Only metrics in this unit.'),
      meter_name: z.string().optional().describe('The scope; all metrics have the one "waggle".'),
    })
    .prefault({})
    .describe('Which metrics are meant; all that fit every key.'),
  stream: z
    .strictObject({
      aggregation: z
        .strictObject({
          drop: z.unknown().optional().describe('Leave the metric out.'),
          default: z.unknown().optional().describe('Leave it as it is.'),
        })
        .optional()
        .describe('`drop: {}` leaves the metric out.'),
      attribute_keys: z
        .strictObject({
          included: keys.optional().describe('Only these attributes.'),
          excluded: keys.optional().describe('All attributes but these.'),
        })
        .optional()
        .describe('Which attributes are kept. Series that become the same are added up.'),
    })
    .prefault({})
    .describe('What becomes of them.'),
})

/** One view, parsed. */
export type ViewConfig = z.output<typeof viewConfig>
