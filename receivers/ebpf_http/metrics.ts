import type { CpuCounters } from '../../src/kernel/cpu_counters.ts'
import { observeProgramCost, type ProgramCost } from '../../src/kernel/program_cost.ts'
import type { Meter, Observe } from '../../src/telemetry/meter.ts'
import { Completeness, type PayloadTotals } from './completeness.ts'

/** The kernel's counts, by name; one that this build's programs do not keep is not there. */
export type KernelCounts = Readonly<Partial<Record<string, number>>>

/** What the metrics are read from. */
export interface HttpMetricsSources {
  readonly counters: Pick<CpuCounters<string>, 'read' | 'readEach'>
  /** The counts that are exchanges lost, by reason; the others are events. */
  readonly losses: readonly string[]
  readonly ring: { readonly size: number; available(): number }
  /** Bytes in the ring at its fullest of late. */
  readonly peak: () => number
  /** What the programs cost; measured at level `detailed` only. */
  readonly cost: ProgramCost
}

/** The BPF object, as an attribute of what its programs count. */
const OBJECT = 'http'
const PROGRAM = { program: OBJECT }

/** Counts of bytes, not of events. */
const PAYLOAD = 'payload'
const MISSED = 'payload_missed'

/** What the programs of `bpf/http` tell of themselves. Nothing is read before somebody asks. */
export class HttpMetrics {
  readonly #meter: Meter
  readonly #sources: HttpMetricsSources
  readonly #completeness = new Completeness()
  readonly #ends: (() => void)[] = []

  constructor(meter: Meter, sources: HttpMetricsSources) {
    this.#meter = meter
    this.#sources = sources
    this.#counts()
    this.#ring()
    this.#payload()
    if (meter.level === 'detailed') this.#cost()
  }

  /** Cores of the programs, while that is known. */
  get programCores(): number | undefined {
    return this.#sources.cost.cores
  }

  /** Takes the counts as they stand, each few seconds. */
  note(counts: KernelCounts): void {
    this.#completeness.note(payloadOf(counts))
  }

  /** Ends them: the maps are about to be closed. */
  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  #counts(): void {
    const { losses } = this.#sources
    const isLoss = (name: string): boolean => losses.includes(name)
    const isEvent = (name: string): boolean => !isLoss(name) && name !== PAYLOAD && name !== MISSED
    this.#ends.push(
      this.#meter.counter(
        {
          name: 'waggle.bpf.dropped',
          description: 'What programs in the kernel saw and could not report, by reason.',
          unit: '{item}',
        },
        (observe) => this.#observe(observe, isLoss, 'reason'),
      ),
      this.#meter.counter(
        {
          name: 'waggle.bpf.events',
          description:
            'What programs in the kernel met and handed over, by their own names for it.',
          unit: '{event}',
        },
        (observe) => this.#observe(observe, isEvent, 'event'),
      ),
    )
  }

  /** At level `detailed` each CPU that has counted tells its own; there may be hundreds of them. */
  #observe(observe: Observe, wanted: (name: string) => boolean, key: string): void {
    if (this.#meter.level !== 'detailed') {
      for (const [name, count] of Object.entries(this.#sources.counters.read())) {
        if (wanted(name)) observe(count, { ...PROGRAM, [key]: name })
      }
      return
    }
    for (const [name, counts] of Object.entries(this.#sources.counters.readEach())) {
      if (!wanted(name)) continue
      for (const [cpu, count] of counts.entries()) {
        if (count > 0) observe(count, { ...PROGRAM, [key]: name, cpu: String(cpu) })
      }
    }
  }

  #ring(): void {
    const { ring, peak } = this.#sources
    const values: [string, string, () => number][] = [
      ['size', 'Bytes that the ring buffer between kernel and agent holds.', () => ring.size],
      ['used', 'Bytes that wait in the ring buffer.', () => ring.available()],
      ['peak', 'Bytes that waited at the fullest look of the last minute or two.', peak],
    ]
    for (const [name, description, value] of values) {
      const facts = { name: `waggle.bpf.ring_buffer.${name}`, description, unit: 'By' }
      this.#ends.push(this.#meter.gauge(facts, (observe) => observe(value(), PROGRAM)))
    }
  }

  #cost(): void {
    const { cost } = this.#sources
    cost.start()
    this.#ends.push(observeProgramCost(this.#meter, OBJECT, cost), () => cost.stop())
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
