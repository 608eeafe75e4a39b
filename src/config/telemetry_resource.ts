import { z } from 'zod'

const attribute = z.strictObject({
  name: z.string().min(1),
  value: z.union([z.string(), z.null()]),
  type: z.string().optional(),
})

/** `service.telemetry.resource`: attributes by name, or the declarative schema's list of them. */
export const resourceConfig = z
  .record(z.string(), z.union([z.string(), z.null(), z.array(attribute)]))
  .superRefine((resource, context) => {
    for (const [key, value] of Object.entries(resource)) {
      if (key === 'attributes' || !Array.isArray(value)) continue
      context.addIssue({ code: 'custom', path: [key], message: 'expected a string' })
    }
  })
  .default({})
  .meta({ label: 'map of string' })
  .describe(
    'Resource attributes of what the agent says about itself: a map, or a list of `name` and `value` below `attributes`. null takes one away that is there otherwise.',
  )

/** Parsed `service.telemetry.resource`. */
export type ResourceConfig = z.output<typeof resourceConfig>

/** The attributes, whichever way they were given; null for those that are taken away. */
export function resourceAttributes(resource: ResourceConfig): Record<string, string | null> {
  const { attributes } = resource
  if (Array.isArray(attributes)) {
    return Object.fromEntries(attributes.map(({ name, value }) => [name, value]))
  }
  return resource as Record<string, string | null>
}
