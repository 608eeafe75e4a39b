import { ProgramMetrics, type ProgramMetricsSources } from '../../src/kernel/program_metrics.ts'
import type { Meter } from '../../src/telemetry/meter.ts'
import { Completeness, type PayloadTotals } from './completeness.ts'

/** The kernel's counts, by name; one that this build's programs do not keep is not there. */
export type KernelCounts = Readonly<Partial<Record<string, number>>>

/** Counts of bytes, not of events. */
const PAYLOAD = 'payload'
const MISSED = 'payload_missed'

/** What the programs of `bpf/http` tell of themselves. Nothing is read before somebody asks. */
export class HttpMetrics {
  readonly #meter: Meter
  readonly #sources: ProgramMetricsSources
  readonly #programs: ProgramMetrics
  readonly #completeness = new Completeness()
  readonly #ends: (() => void)[] = []

  constructor(meter: Meter, sources: ProgramMetricsSources) {
    this.#meter = meter
    this.#sources = sources
    this.#programs = new ProgramMetrics(meter, 'http', { ...sources, others: [PAYLOAD, MISSED] })
    this.#payload()
  }

  /** Cores of the programs, while that is known. */
  get programCores(): number | undefined {
    return this.#programs.programCores
  }

  /** Takes the counts as they stand, each few seconds. */
  note(counts: KernelCounts): void {
    this.#completeness.note(payloadOf(counts))
  }

  /** Ends them: the maps are about to be closed. */
  close(): void {
    this.#programs.close()
    for (const end of this.#ends.splice(0)) end()
  }

  #payload(): void {
    const read = (): PayloadTotals => payloadOf(this.#sources.counters.read())
    this.#ends.push(
      this.#meter.counter(
        {
          name: 'waggle.http.payload',
          description: 'Payload of followed HTTP connections that have closed, as TCP counts it.',
          unit: 'By',
        },
        (observe) => observe(read().total),
      ),
      this.#meter.counter(
        {
          name: 'waggle.http.payload.missed',
          description: 'Of that, what the programs did not read.',
          unit: 'By',
        },
        (observe) => {
          const { seen, total } = read()
          observe(total - seen)
        },
      ),
      this.#meter.gauge(
        {
          name: 'waggle.http.completeness',
          description:
            'Share of the payload of followed HTTP connections that was read, last 5 minutes.',
          unit: '1',
        },
        (observe) => {
          const ratio = this.#completeness.ratio(read())
          if (ratio !== undefined) observe(ratio)
        },
      ),
    )
  }
}

function payloadOf(counts: KernelCounts): PayloadTotals {
  const total = counts[PAYLOAD] ?? 0
  return { seen: total - (counts[MISSED] ?? 0), total }
}
