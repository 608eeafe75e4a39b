import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { GrpcSender } from '../interop/otlp_client.ts'
import { sdkRequest } from '../interop/samples.ts'

// A load of OTLP over gRPC as a process of its own, so that its CPU is not that of who is measured.
// Prints {"spans": N, "refused": N} at its end.

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    /** Spans per second; without it as many as are taken. */
    rate: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    /** Of one request: what an SDK sends at most (OTEL_BSP_MAX_EXPORT_BATCH_SIZE). */
    spans: { type: 'string', default: '512' },
    /**
     * Requests that are under way at the same time, where no rate is given: enough to fill batches,
     * for a client is answered when its batch has been sent on.
     */
    concurrency: { type: 'string', default: '64' },
  },
})

const spans = Number(values.spans)
const body = sdkRequest(spans)
const sender = new GrpcSender(Number(values.port))
const totals = { spans: 0, refused: 0 }

async function send(): Promise<void> {
  try {
    await sender.send('traces', body)
    totals.spans += spans
  } catch {
    totals.refused += spans
  }
}

async function atRate(rate: number, untilMs: number): Promise<void> {
  const everyMs = (spans / rate) * 1000
  const under: Promise<void>[] = []
  for (let dueMs = performance.now(); dueMs < untilMs; dueMs += everyMs) {
    await sleep(Math.max(0, dueMs - performance.now()))
    under.push(send())
  }
  await Promise.all(under)
}

async function asFastAsTaken(untilMs: number): Promise<void> {
  const one = async (): Promise<void> => {
    while (performance.now() < untilMs) await send()
  }
  await Promise.all(Array.from({ length: Number(values.concurrency) }, one))
}

await send()
const untilMs = performance.now() + Number(values.seconds) * 1000
if (values.rate === undefined) await asFastAsTaken(untilMs)
else await atRate(Number(values.rate), untilMs)
sender.close()
process.stdout.write(`${JSON.stringify(totals)}\n`)
