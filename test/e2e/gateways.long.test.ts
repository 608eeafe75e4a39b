import { Client, credentials } from '@grpc/grpc-js'
import { expect, it } from 'vitest'
import { startAgent, totalsOf, unbalanced } from '../kit/agent.ts'
import { cleansUp, eventually } from '../kit/fixtures.ts'
import { encodeRequest, type Draft, type Span } from '../kit/otlp.ts'
import { startOtlpSink, type OtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'

/*
 * Two agents send to two gateways by trace id, and one gateway is killed (SIGKILL) under load.
 *
 * What is promised, and why:
 * - An agent answers its clients when a trace is in the queue of a gateway; agents are not killed here.
 * - A gateway answers an agent when it has decided the traces of the request and the backend has taken
 *   those that were sampled: `wait_for_decision`, and `wait_for_result` at the exporter. So what a killed
 *   gateway has answered for is at the backend or was left out on purpose, and what it has not answered
 *   for is still in the queue of the agent, which hands it to the other gateway.
 * - So nothing that the agents have accepted is lost. What the killed gateway had sent before it could
 *   answer comes twice: each span is there at least once.
 * - A trace is sampled whole or not at all, as long as what its policies go by does not depend on which
 *   of its spans a gateway has seen: a gateway that gets the rest of a trace, of which the killed one
 *   has sent the other spans, cannot know what these were. Here every span says whether its trace is to
 *   be kept, so that no stall of the machine makes a difference.
 */

cleansUp()

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const BATCHES = 40
const TRACES_EACH = 10
const SPANS_EACH = 2
const START = 1_790_000_000_000_000_000n

async function startGateway(sink: OtlpSink, name: string) {
  const port = await freePort()
  const agent = await startAgent(`
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${port} } } }
processors:
  tail_sampling:
    decision_wait: 1s
    wait_for_decision: true
    policies:
      - { name: kept, type: string_attribute, string_attribute: { key: keep, values: ['yes'] } }
  resource: { attributes: [{ key: gateway, value: ${name}, action: upsert }] }
exporters:
  otlp_grpc:
    endpoint: ${sink.endpoint}
    tls: { insecure: true }
    sending_queue: { wait_for_result: true }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], processors: [tail_sampling, resource], exporters: [otlp_grpc] } }
`)
  return { agent, endpoint: `127.0.0.1:${port}` }
}

async function startBalancer(gateways: readonly string[]) {
  const port = await freePort()
  const agent = await startAgent(`
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${port} } } }
exporters:
  load_balancing:
    lost_after: 500ms
    probe_interval: 500ms
    resolver: { static: { hostnames: [${gateways.join(', ')}] } }
    protocol:
      otlp:
        tls: { insecure: true }
        # Above decision_wait, with room for all that waits for a decision.
        timeout: 60s
        sending_queue: { num_consumers: 500, queue_size: 10000 }
        retry_on_failure: { initial_interval: 100ms, max_interval: 500ms }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [load_balancing] } }
`)
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  return { agent, client }
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')

/** The id of a trace: the ring spreads what is random. */
const traceIdOf = (trace: number): string =>
  hex(trace + 1, 8) + hex(Math.imul(trace + 1, 0x9e3779b1) >>> 0, 8).repeat(3)

const isKept = (trace: number): boolean => trace % 3 === 0

/** The spans of a trace that one agent sees. */
function spansOf(trace: number, agent: number): Draft<Span>[] {
  const keep = isKept(trace) ? 'yes' : 'no'
  const attributes = [{ key: 'keep', value: { stringValue: keep } }]
  return Array.from({ length: SPANS_EACH }, (_, i) => ({
    traceId: traceIdOf(trace),
    spanId: hex((trace * 2 + agent) * SPANS_EACH + i + 1, 16),
    name: `span ${i}`,
    kind: 2,
    startTimeUnixNano: START,
    endTimeUnixNano: START + 1_000_000n,
    attributes,
  }))
}

function bodyOf(batch: number, agent: number): Buffer {
  const traces = Array.from({ length: TRACES_EACH }, (_, i) => batch * TRACES_EACH + i)
  const spans = traces.flatMap((trace) => spansOf(trace, agent))
  const attributes = [{ key: 'service.name', value: { stringValue: `agent ${agent}` } }]
  const resource = { attributes }
  return encodeRequest('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
}

const asIs = (bytes: Buffer): Buffer => bytes

/** Sends over gRPC; resolves with the status. */
function call(client: Client, body: Buffer): Promise<number> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(PATH, asIs, asIs, body, (error) => resolve(error?.code ?? 0))
  })
}

/** Sends the batches from `from` up to `to` to both agents at the same time; resolves with the statuses. */
async function load(clients: readonly Client[], from: number, to: number): Promise<number[]> {
  const statuses: number[] = []
  for (let batch = from; batch < to; batch++) {
    const calls = clients.map((client, agent) => call(client, bodyOf(batch, agent)))
    statuses.push(...(await Promise.all(calls)))
  }
  return statuses
}

/** For each trace that the sink got, its spans and the gateways that they came from. */
function tracesAt(sink: OtlpSink) {
  const traces = new Map<string, { spans: Set<string>; gateways: Set<unknown> }>()
  for (const { traceId, spanId, resource } of sink.spans()) {
    const known = traces.get(traceId) ?? { spans: new Set(), gateways: new Set() }
    traces.set(traceId, known)
    known.spans.add(spanId)
    known.gateways.add(resource['gateway'])
  }
  return traces
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

/** What the sink has to have of the traces of these batches: every span of those to be kept. */
function expected(from: number, to: number): Record<string, string[]> {
  const kept = range(from * TRACES_EACH, to * TRACES_EACH).filter(isKept)
  return Object.fromEntries(
    kept.map((trace) => {
      const spans = [0, 1].flatMap((agent) =>
        spansOf(trace, agent).map(({ spanId = '' }) => spanId),
      )
      return [traceIdOf(trace), spans.toSorted()]
    }),
  )
}

function spansAt(sink: OtlpSink): Record<string, string[]> {
  return Object.fromEntries(
    [...tracesAt(sink)].map(([traceId, { spans }]) => [traceId, [...spans].toSorted()]),
  )
}

async function agentsBefore(sink: OtlpSink) {
  const gateways = [await startGateway(sink, 'one'), await startGateway(sink, 'two')] as const
  const endpoints = gateways.map(({ endpoint }) => endpoint)
  const balancers = [await startBalancer(endpoints), await startBalancer(endpoints)] as const
  return { gateways, balancers, clients: balancers.map(({ client }) => client) }
}

const WAIT = { timeoutMs: 60_000 }

it('two agents, two gateways, one killed under load: every trace whole or not at all, nothing lost', async () => {
  const sink = await startOtlpSink()
  const { gateways, balancers, clients } = await agentsBefore(sink)
  const half = BATCHES / 2

  expect(new Set(await load(clients, 0, half))).toEqual(new Set([0]))
  await eventually(() => expect(spansAt(sink)).toEqual(expected(0, half)), WAIT)
  const before = [...tracesAt(sink).values()]
  // Both agents send a trace to the same gateway, and both gateways get some.
  expect(before.filter((trace) => trace.gateways.size > 1)).toEqual([])
  expect(new Set(before.flatMap((trace) => [...trace.gateways]))).toEqual(new Set(['one', 'two']))

  const rest = load(clients, half, BATCHES)
  await eventually(() => expect(sink.spans().length).toBeGreaterThan(before.length * 4), WAIT)
  gateways[0].agent.program.signal('SIGKILL')
  await gateways[0].agent.program.exited
  expect(new Set(await rest)).toEqual(new Set([0]))
  // One more round that only the other one can take.
  expect(new Set(await load(clients, BATCHES, BATCHES + 5))).toEqual(new Set([0]))
  await eventually(() => expect(spansAt(sink)).toEqual(expected(0, BATCHES + 5)), WAIT)

  for (const client of clients) client.close()
  for (const { agent } of balancers) {
    const { totals } = await agent.stop()
    expect(unbalanced(totals)).toEqual([])
    const spans = (BATCHES + 5) * TRACES_EACH * SPANS_EACH
    expect(totalsOf('exporter/load_balancing', totals)).toEqual({
      seen: spans,
      handedOn: spans,
      dropped: {},
    })
  }
  const { totals } = await gateways[1].agent.stop()
  expect(unbalanced(totals)).toEqual([])
}, 240_000)
