import type { OtlpTransport } from '../../src/helpers/otlp_exporter.ts'
import { FakeClock, settingsOf, settled } from '../../src/helpers/fixtures.ts'
import type { SendResult } from '../../src/helpers/send_result.ts'
import {
  type PlainItem,
  receivedBatch,
  shown,
} from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { readRequest, type Signal } from '../../src/pdata/otlp_request.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { loadBalancingConfig } from './config.ts'
import { LoadBalancingExporter } from './exporter.ts'

/** A span of the trace with this number; traces are spread evenly. */
export function span(trace: number, name = `t${trace}`): PlainItem {
  const text = BigInt.asUintN(64, BigInt(trace) * 0x9e3779b97f4a7c15n).toString(16)
  const traceId = Buffer.from(text.padStart(16, '0')).toString('hex')
  return { traceId, spanId: '0102030405060708', name }
}

/** A batch of a span of each of these traces. */
export function tracesOf(...traces: readonly number[]): Batch {
  return receivedBatch('traces', [{ items: traces.map((trace) => span(trace)) }])
}

const DOWN: SendResult = { kind: 'retry', reason: 'UNAVAILABLE: down' }

/** Endpoints in memory: what each got, and whether it answers. */
class Network {
  /** Names of the items that each endpoint got. */
  readonly got: Record<string, string[]> = {}
  readonly down = new Set<string>()
  /** Requests that are held back until they are let go, of these endpoints. */
  readonly slow = new Map<string, (() => void)[]>()
  readonly open = new Set<string>()
  probes = 0

  readonly transport = (name: string): OtlpTransport => {
    this.open.add(name)
    return {
      start: () => Promise.resolve(),
      prepare: (_signal, body) => Promise.resolve(body),
      send: (signal, body) => this.#send(name, signal, body),
      close: () => void this.open.delete(name),
    }
  }

  async #send(name: string, signal: Signal, body: Buffer): Promise<SendResult> {
    const waiting = this.slow.get(name)
    if (waiting) await new Promise<void>((resolve) => waiting.push(resolve))
    if (body.length === 0) this.probes++
    if (this.down.has(name)) return DOWN
    if (body.length === 0) return { kind: 'sent' }
    const groups = shown(readRequest(signal, body, new Delivery()))
    const names = groups.flatMap(({ items }) => items.map((item) => item.name ?? ''))
    ;(this.got[name] ??= []).push(...names)
    return { kind: 'sent' }
  }
}

/** A started exporter whose endpoints and time are the test's. */
export async function balancer(options: object = {}) {
  const clock = new FakeClock()
  const network = new Network()
  const { settings, logged } = settingsOf('load_balancing')
  const registry = new MetricRegistry('detailed')
  const names: { list: readonly string[] | Error } = { list: [] }
  const config = loadBalancingConfig.parse({
    resolver: { static: { hostnames: ['a:1', 'b:1', 'c:1'] } },
    ...options,
  })
  const lookUp = async (): Promise<readonly string[]> => {
    if (names.list instanceof Error) throw names.list
    return names.list
  }
  const exporter = new LoadBalancingExporter({ ...settings, meter: registry.meter() }, config, {
    clock,
    lookUp,
    makeTransport: (_settings, _config, { text }) => network.transport(text),
  })
  const { counters } = settings
  return {
    clock,
    network,
    exporter,
    logged,
    /** What the name of the configuration has as addresses. */
    names,
    counts: () => ({
      in: counters.in,
      out: counters.out,
      dropped: Object.fromEntries(counters.dropped),
    }),
    /** How many items each endpoint got. */
    shares: () =>
      Object.fromEntries(Object.entries(network.got).map(([name, got]) => [name, got.length])),
    /** The values of a metric, by its attributes. */
    told(name: string): Record<string, unknown> {
      const { metrics } = registry.collect()
      const points = metrics.find(({ facts }) => facts.name === name)?.points ?? []
      const values = points.map(({ attributes, value, distribution }) => {
        return [Object.values(attributes).join(' '), distribution?.count ?? value] as const
      })
      return Object.fromEntries(values)
    },
    settled,
  }
}
