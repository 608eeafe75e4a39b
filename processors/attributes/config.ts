import { z } from 'zod'
import { attributeActions } from '../../src/helpers/attribute_action_config.ts'
import { itemMatch } from '../../src/helpers/item_match_config.ts'

/** `processors.attributes`: the Collector's keys and rules. */
export const attributesConfig = z.strictObject({
  actions: attributeActions.describe('What is done, one after the other.'),
  include: itemMatch.describe('The items that are changed. Unset: all.'),
  exclude: itemMatch.describe('Of those, the items that are not.'),
})

/** `processors.attributes`, checked and with defaults. */
export type AttributesConfig = z.output<typeof attributesConfig>
