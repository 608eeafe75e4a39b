import type { BpfObject } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { FakeClock } from '../helpers/fixtures.ts'
import { createLogger } from '../telemetry/logger.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { observeProgramCost, ProgramCost } from './program_cost.ts'

/** A kernel in which programs run for some nanoseconds in each second that is measured. */
class Kernel {
  readonly clock = new FakeClock()
  readonly logged: string[] = []
  readonly perSecond: Record<string, { ns: number; runs: number }> = {}
  readonly infos = new Map<string, { runCount: bigint; runTimeNs: bigint }>()
  measuring = 0
  refuses = false

  cost(): ProgramCost {
    const object = {
      programs: [
        { name: 'out', autoload: true },
        { name: 'in', autoload: true },
        { name: 'refused', autoload: false },
      ],
      programInfo: (name: string) => {
        if (name === 'refused') throw new Error('not loaded')
        return this.infos.get(name) ?? { runCount: 5n, runTimeNs: 500n }
      },
    } as unknown as BpfObject
    const out = { write: (line: string) => this.logged.push(line.slice(13).trimEnd()) }
    const log = createLogger({ encoding: 'console', out })
    return new ProgramCost({ object, log, clock: this.clock, enable: () => this.#enable() })
  }

  #enable(): { close(): void } {
    if (this.refuses) throw new Error('EPERM')
    this.measuring++
    return { close: () => void this.measuring-- }
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      if (this.measuring > 0) this.#run()
      await this.clock.advance(1_000)
    }
  }

  #run(): void {
    for (const [name, { ns, runs }] of Object.entries(this.perSecond)) {
      const { runCount, runTimeNs } = this.infos.get(name) ?? { runCount: 5n, runTimeNs: 500n }
      const more = { runCount: runCount + BigInt(runs), runTimeNs: runTimeNs + BigInt(ns) }
      this.infos.set(name, more)
    }
  }
}

it('measures for a second in each minute, and adds up what it measured', async () => {
  const kernel = new Kernel()
  kernel.perSecond['out'] = { ns: 20_000_000, runs: 1000 }
  const cost = kernel.cost()
  cost.start()
  let measured = 0
  for (let second = 0; second < 66; second++) {
    measured += kernel.measuring
    await kernel.pass(1)
  }
  expect(measured).toBe(2)
  kernel.perSecond['out'] = { ns: 40_000_000, runs: 1000 }
  await kernel.pass(60)
  expect(cost.programs).toEqual([
    { name: 'out', seconds: 0.08, runs: 3000, cores: 0.04 },
    { name: 'in', seconds: 0, runs: 0, cores: 0 },
  ])
  expect(cost.cores).toBe(0.04)
  cost.stop()
})

it('knows nothing before the first sample', async () => {
  const cost = new Kernel().cost()
  cost.start()
  expect([cost.cores, cost.programs]).toEqual([undefined, []])
  cost.stop()
})

it('ends a sample that is being taken, and takes no more', async () => {
  const kernel = new Kernel()
  const cost = kernel.cost()
  cost.start()
  await kernel.pass(5)
  expect(kernel.measuring).toBe(1)
  cost.stop()
  cost.stop()
  expect(kernel.measuring).toBe(0)
  await kernel.pass(120)
  expect(kernel.measuring).toBe(0)
})

it('says once that it may not measure, and goes on without', async () => {
  const kernel = new Kernel()
  kernel.refuses = true
  const cost = kernel.cost()
  cost.start()
  await kernel.pass(300)
  expect(kernel.logged).toEqual([
    'warn  The cost of the programs in the kernel cannot be measured. err="EPERM"',
  ])
  expect(cost.cores).toBeUndefined()
})

it('tells the cost of each program at level detailed', async () => {
  const kernel = new Kernel()
  kernel.perSecond['out'] = { ns: 20_000_000, runs: 1000 }
  const cost = kernel.cost()
  const [detailed, normal] = [new MetricRegistry('detailed'), new MetricRegistry('normal')]
  const end = observeProgramCost(detailed.meter(), 'http', cost)
  observeProgramCost(normal.meter(), 'http', cost)
  cost.start()
  await kernel.pass(6)
  const rows = detailed
    .collect()
    .metrics.map(({ facts, points }) => [facts.name, points[0]!.attributes, points[0]!.value])
  const attributes = { program: 'http', function: 'out' }
  expect(rows).toEqual([
    ['waggle.bpf.program.run_time', attributes, 0.02],
    ['waggle.bpf.program.runs', attributes, 1000],
    ['waggle.bpf.program.cpu', attributes, 0.02],
  ])
  expect(normal.collect().metrics).toEqual([])
  end()
  expect(detailed.collect().metrics).toEqual([])
  cost.stop()
})
