import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import type {
  NetworkCounter,
  NetworkGauge,
  NetworkObservations,
  NetworkRole,
} from '../../src/pdata/network_observations.ts'
import { encodeMetrics } from '../../src/pdata/otlp_metrics.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Aggregator } from '../../processors/aggregation/aggregator.ts'
import { aggregationConfig } from '../../processors/aggregation/config.ts'
import { aggregation } from '../../processors/aggregation/index.ts'
import { Owners } from '../../processors/aggregation/owners.ts'
import { type Cost, costOf } from './cost.ts'
import { type Figure, report, spreadText } from './figures.ts'

const usage = `usage: npm run bench:aggregation -- [options]
  From reports of flows to encoded metrics: what 100,000 live flows that are reported every ten seconds
  cost. Needs no rights and a quiet machine.

  --rounds N    intervals of each variant (9)
  --record      append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    variant: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const FLOWS = 100_000
const BATCH = 1000
const PROCESSES = 200
/** Nanoseconds of ten seconds, in which every flow is reported once. */
const INTERVAL_NS = 10e9
const COMM = new Int32Array(
  Buffer.from('nginx\0\0\0\0\0\0\0\0\0\0\0'.repeat(1)).buffer.slice(0, 16),
)

/** A batch of reports, computed from their numbers: what reading them costs is not measured here. */
class Reports implements NetworkObservations {
  readonly kind = 'observations'
  readonly schema = 'network'
  readonly source: NetworkObservations['source']
  readonly itemCount = BATCH
  readonly startNs = 1_790_000_000_000_000_000n
  readonly endNs = 1_790_000_010_000_000_000n
  readonly delivery = new Delivery()
  readonly #first: number

  constructor(source: NetworkObservations['source'], first: number) {
    this.source = source
    this.#first = first
  }

  transport(): string {
    return 'tcp'
  }

  role(i: number): NetworkRole {
    return i % 2 === 0 ? 'client' : 'server'
  }

  localAddress(): string {
    return '10.0.0.1'
  }

  localPort(i: number): number {
    return i % 2 === 0 ? 40_000 + (i % 20_000) : 443
  }

  peerAddress(i: number): string {
    return String(i)
  }

  peerPort(i: number): number {
    return i % 2 === 0 ? 443 : 40_000 + (i % 20_000)
  }

  localWord(_: number, part: number): number {
    return part === 2 ? -65_536 : part === 3 ? 0x0100_000a : 0
  }

  peerWord(i: number, part: number): number {
    return part === 2 ? -65_536 : part === 3 ? this.#first + i : 0
  }

  asked(): undefined {
    return undefined
  }

  translated(): undefined {
    return undefined
  }

  pid(i: number): number {
    return 100_000_000 + ((this.#first + i) % PROCESSES)
  }

  comm(): string {
    return 'nginx'
  }

  commWord(_: number, part: 0 | 1): number {
    return COMM[part] as number
  }

  cgroupId(): number {
    return 0
  }

  interfaceName(): string {
    return ''
  }

  netns(): number {
    return 1
  }

  counter(i: number, which: NetworkCounter): number {
    if (which === 'bytes_sent') return 1000 + ((this.#first + i) % 5000)
    if (which === 'bytes_received') return 500 + i
    if (which === 'packets_sent' || which === 'packets_received') return 10
    return which === 'retransmits' && i % 50 === 0 ? 1 : 0
  }

  gauge(i: number, which: NetworkGauge): number | undefined {
    return which === 'srtt_us' && this.source === 'sockets' ? 100 + i * 7 : undefined
  }

  reason(): string {
    return ''
  }
}

function batchesOf(source: NetworkObservations['source']): Reports[] {
  return Array.from({ length: FLOWS / BATCH }, (_, n) => new Reports(source, n * BATCH))
}

/** An aggregator that is fed the same reports again and again. */
class Fed {
  readonly #aggregator: Aggregator
  readonly #batches: readonly Reports[]
  readonly #out = new ProtoWriter()
  #nowMs = 1_790_000_000_000
  points = 0

  constructor(batches: readonly Reports[], options: object) {
    this.#batches = batches
    const owners = new Owners({ limit: 4096, proc: '/nowhere', host: 'bench' })
    this.#aggregator = new Aggregator(aggregationConfig.parse(options), {
      product: 'metrics',
      version: testSettings(aggregation).version,
      owners,
      nowMs: () => this.#nowMs,
    })
  }

  count(): Cost {
    return costOf(1, 1, () => {
      for (const batch of this.#batches) this.#aggregator.add(batch)
    })
  }

  flush(): Cost {
    this.#nowMs += 10_000
    return costOf(1, 1, () => {
      const made = this.#aggregator.flush()
      this.points = made.items
      this.#out.reset()
      encodeMetrics(made.batch(new Delivery()) as Metrics, this.#out)
    })
  }
}

const both = (): Reports[] => [...batchesOf('flows'), ...batchesOf('sockets')]
const variants = {
  'flows alone': () => new Fed(batchesOf('flows'), {}),
  'flows and sockets': () => new Fed(both(), {}),
  'flows and sockets, by container': () =>
    new Fed(both(), {
      metrics: Object.fromEntries(
        ['bytes', 'packets'].map((what) => [`obi.network.flow.${what}`, { by: 'container' }]),
      ),
    }),
  'flows alone, 10,000 of them told apart': () => new Fed(batchesOf('flows'), { top_k: 10_000 }),
}

interface Measured {
  readonly count: readonly Cost[]
  readonly flush: readonly Cost[]
  readonly points: number
}

/** Runs one variant, in a process of its own; the first two intervals warm up. */
function run(variant: keyof typeof variants): Measured {
  const fed = variants[variant]()
  const rounds = Array.from({ length: Number(values.rounds) + 2 }, () => ({
    count: fed.count(),
    flush: fed.flush(),
  })).slice(2)
  return {
    count: rounds.map(({ count }) => count),
    flush: rounds.map(({ flush }) => flush),
    points: fed.points,
  }
}

function measure(): Figure[] {
  return Object.keys(variants).flatMap((variant, n) => {
    const args = [import.meta.filename, '--rounds', values.rounds, '--variant', variant]
    const { count, flush, points } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    ) as Measured
    const share = count.map(({ ns }, i) => ((ns + (flush[i] as Cost).ns) / INTERVAL_NS) * 100)
    const reports = variant.includes('sockets') ? 2 * FLOWS : FLOWS
    const perReport = (costs: readonly Cost[], of: 'ns' | 'bytes'): number[] =>
      costs.map((cost) => cost[of] / reports)
    return [
      {
        what: `aggregation of 100 k live flows every 10 s, ${variant}: share of a core`,
        value: `${spreadText(share, 2)} %`,
        ...(n === 0 && { bar: '2.5 %' }),
        baseline: `${points} data points an interval, encoded`,
      },
      {
        what: `… counting a report`,
        value: `${spreadText(perReport(count, 'ns'), 0)} ns`,
        baseline: `${spreadText(perReport(count, 'bytes'), 1)} bytes allocated`,
      },
      {
        what: `… handing on what was counted`,
        value: `${spreadText(
          flush.map(({ ns }) => ns / 1e6),
          1,
        )} ms`,
      },
    ]
  })
}

if (values.help) process.stdout.write(usage)
else if (values.variant === undefined) report('Aggregation', measure(), values.record)
else {
  process.stdout.write(JSON.stringify(run(values.variant as keyof typeof variants)))
}
