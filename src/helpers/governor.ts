import type { AgentLimits, Governed } from '../component/limits.ts'
import type { LimitsConfig } from '../config/index.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { thisProcess } from '../telemetry/process_metrics.ts'
import { systemClock, type Clock } from './clock.ts'
import { collectGarbage as collectNow } from './collect_garbage.ts'
import { CpuGovernor } from './governor_cpu.ts'
import { GovernorLog } from './governor_log.ts'
import { MemoryGovernor } from './governor_memory.ts'
import { registerGovernorMetrics, type GovernorState } from './governor_metrics.ts'

/** What a governor works with. */
export interface GovernorOptions {
  readonly limits: Pick<LimitsConfig, 'cpu' | 'memory_mib'>
  readonly log: Logger
  readonly meter: Meter
  readonly clock?: Clock
  readonly readings?: GovernorReadings
  /** Asks for garbage to be collected soon. */
  readonly collectGarbage?: () => unknown
}

/** The cost of the agent. */
export interface GovernorReadings {
  /** CPU of all threads so far, in seconds. */
  readonly cpuSeconds: () => number
  /** Bytes of resident memory. */
  readonly rssBytes: () => number
}

/** How often the cost is looked at, and garbage collected at most, in milliseconds. */
const STEP_MS = 1_000
const GARBAGE_INTERVAL_MS = 10_000

/** Keeps the agent within `service.limits`; docs/limits.md says what that means to a user. */
export class Governor implements AgentLimits, GovernorState {
  readonly limits: GovernorOptions['limits']
  readonly #clock: Clock
  readonly #readings: GovernorReadings
  readonly #collectGarbage: () => unknown
  readonly #say: GovernorLog
  readonly #cpu: CpuGovernor | undefined
  readonly #memory: MemoryGovernor | undefined
  readonly #governed = new Set<Governed>()
  /** Items of what is not governed any more: the sum may not fall. */
  #itemsBefore = 0
  #garbageAtMs = Number.NEGATIVE_INFINITY
  #cancel = (): void => {}

  constructor({
    limits,
    log,
    meter,
    clock = systemClock,
    readings = thisProcess,
    collectGarbage = collectNow,
  }: GovernorOptions) {
    this.limits = limits
    this.#clock = clock
    this.#readings = readings
    this.#collectGarbage = collectGarbage
    this.#say = new GovernorLog(log, this)
    const { cpu, memory_mib } = limits
    if (cpu !== undefined) this.#cpu = new CpuGovernor(cpu)
    if (memory_mib !== undefined) this.#memory = new MemoryGovernor(memory_mib * 1024 * 1024)
    registerGovernorMetrics(meter, this)
  }

  get shift(): number {
    return this.#cpu?.shift ?? 0
  }

  get cores(): number | undefined {
    return this.#cpu?.cores
  }

  get refusing(): boolean {
    return this.#memory?.refusing ?? false
  }

  govern(governed: Governed): () => void {
    this.#governed.add(governed)
    if (this.shift > 0) governed.setSampling(this.shift)
    return () => {
      if (this.#governed.delete(governed)) this.#itemsBefore += governed.items()
    }
  }

  refusal(): string | undefined {
    return this.refusing ? 'memory_limit' : undefined
  }

  /** Begins to watch the cost; does nothing where nothing is limited. */
  start(): void {
    if (!this.#cpu && !this.#memory) return
    if (this.#cpu && this.#governed.size === 0) this.#say.sayPowerless()
    this.#stepLater()
  }

  /** Ends the watch; what is in force stays. */
  stop(): void {
    this.#cancel()
  }

  #stepLater(): void {
    this.#cancel = this.#clock.after(STEP_MS, () => {
      if (this.#cpu) this.#stepCpu(this.#cpu)
      if (this.#memory) this.#stepMemory(this.#memory)
      this.#stepLater()
    })
  }

  #stepCpu(cpu: CpuGovernor): void {
    const before = cpu.shift
    cpu.step({
      atMs: this.#clock.now(),
      cpuSeconds: this.#readings.cpuSeconds(),
      items: this.#sum((governed) => governed.items()) + this.#itemsBefore,
      programCores: this.#sum((governed) => governed.programCores?.() ?? 0),
    })
    if (cpu.shift !== before) {
      for (const governed of this.#governed) governed.setSampling(cpu.shift)
    }
    this.#say.sayCpu()
  }

  #stepMemory(memory: MemoryGovernor): void {
    const rss = this.#readings.rssBytes()
    memory.step(rss)
    this.#say.sayMemory(rss)
    const now = this.#clock.now()
    if (!memory.refusing || now - this.#garbageAtMs < GARBAGE_INTERVAL_MS) return
    this.#garbageAtMs = now
    void this.#collectGarbage()
  }

  #sum(value: (governed: Governed) => number): number {
    let sum = 0
    for (const governed of this.#governed) sum += value(governed)
    return sum
  }
}
