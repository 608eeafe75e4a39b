import { once } from 'node:events'
import { Writable } from 'node:stream'
import { DebugExporter } from '../../exporters/debug/exporter.ts'
import { debugConfig } from '../../exporters/debug/config.ts'
import { NO_SURROUNDINGS } from '../../src/component/settings.ts'
import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Span, SpanKind, SpanList, StatusCode } from '../../src/pdata/traces.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { NO_METER } from '../../src/telemetry/meter.ts'

// What a span beyond the line limit costs in `export`, and what it allocates.
//   node --expose-gc test/bench/debug_exporter.ts

const BATCH = 512
const BATCHES = 4_000
const ROUNDS = 7

/** Spans read from a block of memory, as inference hands them on: 24 bytes each. */
class BlockSpans implements SpanList {
  readonly length = BATCH
  readonly #view = new DataView(new ArrayBuffer(BATCH * 24))

  constructor() {
    for (let i = 0; i < BATCH; i++) {
      this.#view.setUint8(i * 24, 2 + (i & 1))
      this.#view.setUint8(i * 24 + 1, i % 50 === 0 ? 2 : 0)
      this.#view.setFloat64(i * 24 + 8, 50_000 + ((i * 7_919) % 100_003) * 40, true)
    }
  }

  at(): Span {
    throw new Error('the flood is not decoded')
  }
  encode(): void {}
  name(): string {
    return 'GET'
  }
  kind(i: number): SpanKind {
    return this.#view.getUint8(i * 24) as SpanKind
  }
  status(i: number): StatusCode {
    return this.#view.getUint8(i * 24 + 1) as StatusCode
  }
  startMs(): number {
    return 1.7e12
  }
  durationNs(i: number): number {
    return this.#view.getFloat64(i * 24 + 8, true)
  }
  attribute(_i: number, key: string): AttributeValue | undefined {
    return key === 'url.path' ? '/items' : undefined
  }
  randomness(): number {
    return 0
  }
  traceState(): string {
    return ''
  }
  sampledUpstream(): boolean {
    return false
  }
  slice(): SpanList {
    return this
  }
}

const scope = { name: 'bench', version: '0' }
const batches = Array.from({ length: 16 }, (_, service) => {
  const resource = new Resource({ 'service.name': `service-${service % 8}` })
  return new Traces([{ resource, scope, spans: new BlockSpans() }], new Delivery())
})

async function measure(summary_interval: string): Promise<void> {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
  const counters = new ComponentCounters('exporter/debug')
  const outside = { ...NO_SURROUNDINGS, log: createLogger(), meter: NO_METER }
  const settings = { id: 'debug', counters, version: '0', ...outside }
  const config = debugConfig.parse({ verbosity: 'normal', summary_interval })
  const exporter = new DebugExporter(settings, config, { stream, env: {} })
  await exporter.start()
  const rounds: number[] = []
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < BATCHES; i++) void exporter.export(batches[i % batches.length] as Traces)
    rounds.push(Number(process.hrtime.bigint() - start) / (BATCHES * BATCH))
  }
  const bytes = (process.memoryUsage().heapUsed - before) / (ROUNDS * BATCHES * BATCH)
  await exporter.shutdown()
  stream.end()
  await once(stream, 'close')
  const [min, median, max] = [0, ROUNDS >> 1, ROUNDS - 1].map(
    (i) => rounds.toSorted((a, b) => a - b)[i],
  )
  process.stdout.write(
    `summary ${summary_interval.padEnd(4)} ${median!.toFixed(1)} ns per span ` +
      `(${min!.toFixed(1)} to ${max!.toFixed(1)}), heap growth ${bytes.toFixed(3)} bytes per span\n`,
  )
}

await measure('10s')
await measure('0s')
