import type { Meter, Observe } from '../telemetry/meter.ts'
import type { CpuCounters } from './cpu_counters.ts'
import { observeProgramCost, type ProgramCost } from './program_cost.ts'

/** What the metrics are read from. */
export interface ProgramMetricsSources {
  readonly counters: Pick<CpuCounters<string>, 'read' | 'readEach'>
  /** The counts that are items lost, by reason; the others are events. */
  readonly losses: readonly string[]
  /** Counts that are neither. */
  readonly others?: readonly string[]
  /** Of an object that hands over records. */
  readonly ring?: { readonly size: number; available(): number }
  /** Bytes in the ring at its fullest of late. */
  readonly peak?: () => number
  /** What the programs cost; measured at level `detailed` only. */
  readonly cost: ProgramCost
}

/** What the programs of an object tell of themselves. Nothing is read before somebody asks. */
export class ProgramMetrics {
  readonly #meter: Meter
  /** The object, as an attribute of what its programs count. */
  readonly #program: { readonly program: string }
  readonly #sources: ProgramMetricsSources
  readonly #ends: (() => void)[] = []

  /** @param object name of the BPF object */
  constructor(meter: Meter, object: string, sources: ProgramMetricsSources) {
    this.#meter = meter
    this.#program = { program: object }
    this.#sources = sources
    this.#counts()
    this.#ring()
    if (meter.level === 'detailed') this.#cost(object)
  }

  /** Cores of the programs, while that is known. */
  get programCores(): number | undefined {
    return this.#sources.cost.cores
  }

  /** Ends them: the maps are about to be closed. */
  close(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  #counts(): void {
    const { losses, others = [] } = this.#sources
    const isLoss = (name: string): boolean => losses.includes(name)
    const isEvent = (name: string): boolean => !isLoss(name) && !others.includes(name)
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
        if (wanted(name)) observe(count, { ...this.#program, [key]: name })
      }
      return
    }
    for (const [name, counts] of Object.entries(this.#sources.counters.readEach())) {
      if (!wanted(name)) continue
      for (const [cpu, count] of counts.entries()) {
        if (count > 0) observe(count, { ...this.#program, [key]: name, cpu: String(cpu) })
      }
    }
  }

  #ring(): void {
    const { ring, peak = () => 0 } = this.#sources
    if (!ring) return
    const values: [string, string, () => number][] = [
      ['size', 'Bytes that the ring buffer between kernel and agent holds.', () => ring.size],
      ['used', 'Bytes that wait in the ring buffer.', () => ring.available()],
      ['peak', 'Bytes that waited at the fullest look of the last minute or two.', peak],
    ]
    for (const [name, description, value] of values) {
      const facts = { name: `waggle.bpf.ring_buffer.${name}`, description, unit: 'By' }
      this.#ends.push(this.#meter.gauge(facts, (observe) => observe(value(), this.#program)))
    }
  }

  #cost(object: string): void {
    const { cost } = this.#sources
    cost.start()
    this.#ends.push(observeProgramCost(this.#meter, object, cost), () => cost.stop())
  }
}
