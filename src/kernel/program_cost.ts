import { type BpfObject, RunTimeStats } from 'libbpf-addon'
import { systemClock, type Clock } from '../helpers/clock.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'

/** How long one sample lasts, and how long after one the next begins, in milliseconds. */
const SAMPLE_MS = 1_000
const PAUSE_MS = 59_000

/** When the first sample begins: what attaching costs is over by then. */
const FIRST_MS = 5_000

/** Whose cost is measured, and by what. */
export interface ProgramCostOptions {
  readonly object: Pick<BpfObject, 'programs' | 'programInfo'>
  readonly log: Logger
  readonly clock?: Clock
  /** Makes the kernel measure until what it returns is closed. */
  readonly enable?: () => { close(): void }
}

/** What a program has cost while it was measured. */
export interface MeasuredProgram {
  readonly name: string
  /** Since the beginning, over all samples. */
  readonly seconds: number
  readonly runs: number
  /** Cores in the last sample. */
  readonly cores: number
}

interface Info {
  readonly runCount: bigint
  readonly runTimeNs: bigint
}

/**
 * What an object's programs cost, measured by the kernel for one second in each minute: measuring
 * costs each run of each program of the host two looks at the clock. Needs CAP_SYS_ADMIN and Linux 5.8; without
 * them it says so once and measures nothing.
 */
export class ProgramCost {
  readonly #object: ProgramCostOptions['object']
  readonly #log: Logger
  readonly #clock: Clock
  readonly #enable: () => { close(): void }
  readonly #measured = new Map<string, MeasuredProgram>()
  #measuring: { close(): void } | undefined
  #cancel = (): void => {}

  constructor({
    object,
    log,
    clock = systemClock,
    enable = () => RunTimeStats.enable(),
  }: ProgramCostOptions) {
    this.#object = object
    this.#log = log
    this.#clock = clock
    this.#enable = enable
  }

  /** Begins to take samples. */
  start(): void {
    this.#cancel = this.#clock.after(FIRST_MS, () => this.#begin())
  }

  /** Ends it, and a sample that is being taken. May be repeated. */
  stop(): void {
    this.#cancel()
    this.#measuring?.close()
    this.#measuring = undefined
  }

  /** Each program that was measured. */
  get programs(): readonly MeasuredProgram[] {
    return [...this.#measured.values()]
  }

  /** Cores of all programs in the last sample; undefined before there was one. */
  get cores(): number | undefined {
    if (this.#measured.size === 0) return undefined
    return this.programs.reduce((sum, { cores }) => sum + cores, 0)
  }

  #begin(): void {
    try {
      this.#measuring = this.#enable()
    } catch (error) {
      this.#log.warn({ err: error }, 'The cost of the programs in the kernel cannot be measured.')
      return
    }
    const before = this.#infos()
    const beganMs = this.#clock.now()
    this.#cancel = this.#clock.after(SAMPLE_MS, () => this.#end(before, beganMs))
  }

  #end(before: ReadonlyMap<string, Info>, beganMs: number): void {
    const seconds = (this.#clock.now() - beganMs) / 1_000
    for (const [name, now] of this.#infos()) {
      const then = before.get(name)
      if (then) this.#add(name, then, now, seconds)
    }
    this.#measuring?.close()
    this.#measuring = undefined
    this.#cancel = this.#clock.after(PAUSE_MS, () => this.#begin())
  }

  #add(name: string, then: Info, now: Info, sampleSeconds: number): void {
    const spent = Number(now.runTimeNs - then.runTimeNs) / 1e9
    const { seconds = 0, runs = 0 } = this.#measured.get(name) ?? {}
    this.#measured.set(name, {
      name,
      seconds: seconds + spent,
      runs: runs + Number(now.runCount - then.runCount),
      cores: spent / sampleSeconds,
    })
  }

  /** A program that is not loaded has none. */
  #infos(): Map<string, Info> {
    const infos = new Map<string, Info>()
    for (const { name, autoload } of this.#object.programs) {
      if (autoload) infos.set(name, this.#object.programInfo(name))
    }
    return infos
  }
}

/** Registers what programs cost; `program` is the object's name. Returns what ends it. */
export function observeProgramCost(meter: Meter, program: string, cost: ProgramCost): () => void {
  const values = [
    ['counter', 'run_time', 's', 'Time that the program ran while it was measured.', 'seconds'],
    ['counter', 'runs', '{run}', 'How often the program ran while it was measured.', 'runs'],
    ['gauge', 'cpu', '{cpu}', 'Cores that the program used when last measured.', 'cores'],
  ] as const
  const ends = values.map(([type, what, unit, description, field]) => {
    const name = `waggle.bpf.program.${what}`
    return meter[type]({ name, unit, description, level: 'detailed' }, (observe) => {
      for (const one of cost.programs) observe(one[field], { program, function: one.name })
    })
  })
  return () => {
    for (const end of ends) end()
  }
}
