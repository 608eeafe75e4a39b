import { z } from 'zod'

/** Configuration of `ebpf_http`. */
export const ebpfHttpConfig = z.strictObject({
  ring_buffer_mib: z
    .union([
      z.literal(1),
      z.literal(2),
      z.literal(4),
      z.literal(8),
      z.literal(16),
      z.literal(32),
      z.literal(64),
    ])
    .default(8)
    .describe(
      'Size of the ring buffer between kernel and agent, a power of two. 8 MiB hold about 32,000 ' +
        'exchanges, a third of a second at 100,000 a second.',
    ),
})
/** Configuration of `ebpf_http`, parsed. */
export type EbpfHttpConfig = z.output<typeof ebpfHttpConfig>
