import { z } from 'zod'
import { attributeActions } from '../../src/helpers/attribute_action_config.ts'

/** `processors.resource`: the Collector's keys and rules. */
export const resourceConfig = z.strictObject({
  attributes: attributeActions.describe('What is done, one after the other.'),
})

/** `processors.resource`, checked and with defaults. */
export type ResourceConfig = z.output<typeof resourceConfig>
