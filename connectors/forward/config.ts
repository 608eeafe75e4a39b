import { z } from 'zod'

/** `connectors.forward`: no options, as in the OpenTelemetry Collector. */
export const forwardConfig = z.strictObject({})

/** `connectors.forward`, checked and with defaults. */
export type ForwardConfig = z.output<typeof forwardConfig>
