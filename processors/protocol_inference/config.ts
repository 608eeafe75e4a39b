import { z } from 'zod'

/** Configuration of `protocol_inference`. */
export const protocolInferenceConfig = z.strictObject({
  max_processes: z
    .int()
    .min(16)
    .default(4096)
    .describe(
      'Processes whose identity is kept; the one read longest ago makes room for a new one.',
    ),
  queue_spans: z
    .boolean()
    .default(false)
    .describe(
      'Give each server span two children: "in queue" until the program read the request, and ' +
        '"processing" from there.',
    ),
})
/** Configuration of `protocol_inference`, parsed. */
export type ProtocolInferenceConfig = z.output<typeof protocolInferenceConfig>
