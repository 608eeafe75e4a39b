import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { waggle } from '../kit/agent.ts'
import { cleansUp, eventually, tempDir } from '../kit/fixtures.ts'
import { type OtlpSink, startOtlpSink } from '../kit/otlp_sink.ts'
import { freePort, type Program, start } from '../kit/processes.ts'
import { startNumberedLoad } from './persistent_queue/load.ts'
import { queueFacts } from './persistent_queue/queue_facts.ts'

/*
 * The backend is away under load, and the agent is killed twice meanwhile. By hand for longer:
 *
 *   PERSISTENT_QUEUE_SECONDS=300 npx vitest run --config vitest.slow.config.ts persistent_queue
 */
const SECONDS = Number(process.env['PERSISTENT_QUEUE_SECONDS'] ?? 30)
const SPANS_PER_REQUEST = 20
const REQUESTS_PER_SECOND = 100
const CONSUMERS = 10

cleansUp()

interface Ports {
  readonly receiver: number
  readonly metrics: number
}

function configOf(directory: string, sink: OtlpSink, { receiver, metrics }: Ports): string {
  return `
extensions:
  file_storage: { directory: ${directory} }
receivers:
  otlp: { protocols: { grpc: { endpoint: "127.0.0.1:${receiver}" } } }
exporters:
  otlp_grpc:
    endpoint: ${sink.endpoint}
    tls: { insecure: true }
    retry_on_failure: { initial_interval: 200ms, max_interval: 1s, max_elapsed_time: 0s }
    sending_queue: { storage: file_storage, queue_size: 1000000, num_consumers: ${CONSUMERS} }
service:
  extensions: [file_storage]
  telemetry: { metrics: { endpoint: "127.0.0.1:${metrics}" } }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_grpc] }
`
}

async function startAgent(file: string): Promise<Program> {
  const agent = await start(waggle, ['run', '--config', file], { graceMs: 20_000 })
  await agent.waitForOutput(/Running\./, { timeoutMs: 30_000 })
  return agent
}

it(
  'keeps every accepted span while the backend is away and the agent is killed twice',
  { timeout: SECONDS * 1_000 + 120_000 },
  async () => {
    const delivered = new Map<string, number>()
    const onRequest = ({ bytes }: { bytes: Buffer }): void => {
      for (const [name] of bytes.toString('latin1').matchAll(/span-\d+;/g)) {
        delivered.set(name, (delivered.get(name) ?? 0) + 1)
      }
    }
    const sink = await startOtlpSink({ countOnly: true, onRequest })
    const ports = { receiver: await freePort(), metrics: await freePort() }
    const file = join(tempDir(), 'config.yaml')
    writeFileSync(file, configOf(tempDir('storage'), sink, ports))
    const part = (share: number) => sleep(SECONDS * 1_000 * share)

    let agent = await startAgent(file)
    const load = startNumberedLoad(ports.receiver, {
      requestsPerSecond: REQUESTS_PER_SECOND,
      spansPerRequest: SPANS_PER_REQUEST,
    })
    await part(0.2)
    await sink.refuse()
    const recovered: number[] = []
    let possibleDuplicates = 0
    for (let kill = 0; kill < 2; kill++) {
      await part(0.2)
      agent.signal('SIGKILL')
      await agent.exited
      agent = await startAgent(file)
      const facts = await queueFacts(ports.metrics)
      recovered.push(facts.recovered)
      possibleDuplicates += facts.possibleDuplicates
    }
    await part(0.1)
    await sink.accept()
    await part(0.2)
    const accepted = await load.stop()
    await eventually(
      async () => expect(await queueFacts(ports.metrics)).toMatchObject({ size: 0 }),
      {
        timeoutMs: 60_000,
      },
    )
    const bytes = (await queueFacts(ports.metrics)).bytes
    agent.signal('SIGINT')
    await expect(agent.exited).resolves.toMatchObject({ code: 0 })

    expect(accepted.size).toBeGreaterThan((SECONDS * REQUESTS_PER_SECOND * SPANS_PER_REQUEST) / 4)
    expect([...accepted].filter((name) => !delivered.has(name))).toEqual([])
    // Twice only what was being sent when the agent was killed or the backend went away.
    const twice = [...delivered.values()].reduce((sum, times) => sum + times - 1, 0)
    const underWay = CONSUMERS * SPANS_PER_REQUEST
    expect(twice).toBeLessThanOrEqual(possibleDuplicates + underWay)
    expect(possibleDuplicates).toBeLessThanOrEqual(2 * underWay)
    expect(recovered[1]).toBeGreaterThan(recovered[0]!)
    expect(bytes).toBeLessThan(16 * 1024 * 1024)
    const figures = { accepted: accepted.size, recovered, possibleDuplicates, twice, bytes }
    process.stdout.write(`${JSON.stringify(figures)}\n`)
  },
)
