import { z } from 'zod'
import { runCli } from '../../src/cli/cli.ts'
import { defineExporter } from '../../src/component/component.ts'
import { components } from '../../src/components.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'

// The agent with one exporter more: `encoding` turns spans into OTLP and sends nothing. What is left
// is the agent's own work, from the ring buffer to the bytes of a request.
//   node test/bench/encoding_agent.ts run --config …

const encoding = defineExporter({
  type: 'encoding',
  summary: 'Encodes spans, for benchmarks.',
  stability: 'development',
  config: z.strictObject({}),
  consumes: ['traces'],
  create: ({ counters }) => {
    const out = new ProtoWriter()
    return {
      start: async () => {},
      shutdown: async () => {},
      export: async (batch) => {
        if (batch.kind === 'traces') encodeTraces(batch, out)
        out.reset()
        counters.countIn(batch.itemCount)
        counters.countOut(batch.itemCount)
        return { kind: 'accepted' }
      },
    }
  },
})

process.exit(
  await runCli(process.argv.slice(2), {
    components: [...components, encoding],
    exit: (code) => process.exit(code),
  }),
)
