import { z } from 'zod'

/** `processors.group_by_attrs`: the Collector's keys and defaults. */
export const groupByAttrsConfig = z.strictObject({
  keys: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'The attributes that move from the items to their resource. None: groups of the same resource and scope become one.',
    ),
})

/** `processors.group_by_attrs`, checked and with defaults. */
export type GroupByAttrsConfig = z.output<typeof groupByAttrsConfig>
