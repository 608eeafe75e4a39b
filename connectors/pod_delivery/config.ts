import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

/** `connectors.pod_delivery`. */
export const podDeliveryConfig = z.strictObject({
  settle: duration()
    .prefault('1s')
    .describe('How long after its end a delivery waits for what other API servers tell late.'),
})

/** `connectors.pod_delivery`, checked and with defaults. */
export type PodDeliveryConfig = z.output<typeof podDeliveryConfig>
