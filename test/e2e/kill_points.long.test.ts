import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Counters } from '../../src/telemetry/counters.ts'
import { everyTotal, startAgent, totalsOf, unbalanced } from '../kit/agent.ts'
import { cleansUp } from '../kit/fixtures.ts'
import type { OtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'
import { numbersFrom, type Below } from '../kit/random.ts'
import { Clients, type Told } from './kill_points/clients.ts'
import { startFlakySink } from './kill_points/flaky.ts'
import { startGraph, type Running } from './kill_points/graph.ts'

cleansUp()

const QUEUES = [
  '{ queue_size: 2, num_consumers: 1 }',
  '{ queue_size: 100, num_consumers: 4 }',
  '{ queue_size: 40, sizer: items, num_consumers: 2 }',
  '{ queue_size: 3, num_consumers: 2, block_on_overflow: true }',
  '{ queue_size: 5, num_consumers: 2, wait_for_result: true }',
  '{ queue_size: 200, sizer: items, batch: { flush_timeout: 5ms, min_size: 20 } }',
  '{ enabled: false }',
]

/** Clients, an agent whose queue is one of those above, and a destination. */
function yamlOf(sink: OtlpSink, below: Below, [grpc, http] = [0, 0]): string {
  const pipeline =
    '{ receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_grpc] }'
  return `
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${grpc} }, http: { endpoint: 127.0.0.1:${http} } } }
processors:
  memory_limiter: { check_interval: 2ms, limit_mib: 1000 }
  batch: { timeout: ${below(3) * 4}ms, send_batch_size: 30, send_batch_max_size: ${below(2) * 40} }
exporters:
  otlp_grpc:
    endpoint: ${sink.endpoint}
    tls: { insecure: true }
    timeout: 30ms
    retry_on_failure: { initial_interval: 4ms, max_interval: 8ms, max_elapsed_time: 25ms }
    sending_queue: ${QUEUES[below(QUEUES.length)]}
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: ${pipeline}, metrics: ${pipeline}, logs: ${pipeline} }
`
}

interface Kill extends Running {
  readonly told: Told
  readonly sink: OtlpSink
}

/** Lets data flow, ends the agent at a moment that the seed decides, and then its clients. */
async function killedAt(seed: number): Promise<Kill> {
  const below = numbersFrom(seed)
  const sink = await startFlakySink(below)
  const fillsUp = below(3) === 0
  let looks = 0
  const residentMib = (): number => (fillsUp && ++looks % 16 > 10 ? 950 : 100)
  const running = await startGraph(yamlOf(sink, below), residentMib)
  const clients = new Clients(running, below)
  const killAfterMs = below(100)
  await sleep(killAfterMs >> 1)
  if (below(5) === 0) await sink.refuse()
  await sleep(killAfterMs >> 1)
  await running.graph.shutdown()
  const told = await clients.stop()
  await sink.stop()
  return { ...running, errors: running.errors, told, sink }
}

/** What is wrong with the counts of a run, a sentence each; nothing may be. */
function faults({ counters, told, sink, errors }: Kill): string[] {
  const total = (component: string, what: (one: Count) => number): number =>
    counters.all().reduce((sum, one) => sum + (one.component === component ? what(one) : 0), 0)
  const same = (what: string, a: number, b: number): string[] =>
    a === b ? [] : [`${what}: ${a}, ${b}`]
  const [input, output] = [(one: Count) => one.in, (one: Count) => one.out]
  const refusedAtLast = total('exporter/otlp_grpc', (one) => sum(one.refused))
  return [
    ...errors,
    ...counters
      .all()
      .flatMap(({ component, pipeline, held }) =>
        same(`held by ${component} ${pipeline}`, held, 0),
      ),
    ...same('told clients, counted as accepted', told.taken, total('receiver/otlp', output)),
    ...same(
      'receiver to limiter',
      total('receiver/otlp', input),
      total('processor/memory_limiter', input),
    ),
    ...same(
      'limiter to batch',
      total('processor/memory_limiter', output),
      total('processor/batch', input),
    ),
    ...same(
      'batch to exporter',
      total('processor/batch', output),
      total('exporter/otlp_grpc', input) + refusedAtLast,
    ),
    ...(total('exporter/otlp_grpc', output) > arrived(sink)
      ? ['the exporter counts more than arrived']
      : []),
  ]
}

type Count = ReturnType<Counters['all']>[number]

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, items) => all + items, 0)
}

/** What the destination has taken; what it took twice, because its answer came too late, counts twice. */
function arrived({ tallies }: OtlpSink): number {
  return Object.values(tallies).reduce((all, { acceptedItems }) => all + acceptedItems, 0)
}

it('accounts for every item at every component, and to every client, wherever it is ended', async () => {
  const seen = new Set<string>()
  const told = { taken: 0, failed: 0 }
  for (let seed = 1; seed <= 100; seed++) {
    const kill = await killedAt(seed)
    expect({ seed, faults: faults(kill) }).toEqual({ seed, faults: [] })
    for (const { component, dropped } of kill.counters.all()) {
      for (const reason of dropped.keys()) seen.add(`${component} ${reason}`)
    }
    told.taken += kill.told.taken
    told.failed += kill.told.failed
  }
  expect(told.taken).toBeGreaterThan(1000)
  expect(told.failed).toBeGreaterThan(100)
  // Else the runs would not have come to where it is hard.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'receiver/otlp memory_limit',
      'receiver/otlp queue_full',
      'exporter/otlp_grpc rejected',
      'exporter/otlp_grpc retries_exhausted',
      'exporter/otlp_grpc partial_success',
      'exporter/otlp_grpc shutdown',
    ]),
  )
})

it.each([1, 2, 3, 4, 5])(
  'prints totals that add up when it is interrupted, seed %i',
  async (seed) => {
    const below = numbersFrom(seed)
    const sink = await startFlakySink(below)
    const [grpcPort, httpPort] = [await freePort(), await freePort()]
    const agent = await startAgent(yamlOf(sink, below, [grpcPort, httpPort]))
    const clients = new Clients({ grpcPort, httpPort }, below)
    await sleep(below(300))
    const { exit, totals } = await agent.stop()
    const { taken } = await clients.stop()
    await sink.stop()
    expect(exit).toEqual({ code: 0, signal: null })
    expect(everyTotal(totals).size).toBe(8)
    expect(unbalanced(totals)).toEqual([])
    expect(totalsOf('receiver/otlp', totals).handedOn).toBe(taken)
  },
)
