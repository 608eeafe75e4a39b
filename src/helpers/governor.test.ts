import { expect, it } from 'vitest'
import type { Governed } from '../component/limits.ts'
import { createLogger } from '../telemetry/logger.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'
import { FakeClock } from './fixtures.ts'
import { Governor, type GovernorOptions } from './governor.ts'

/** A governor over an agent whose cost the test decides. */
class Trial {
  readonly clock = new FakeClock()
  readonly registry = new MetricRegistry('normal')
  readonly logged: string[] = []
  readonly governor: Governor
  /** Cores used without a component that is governed. */
  idle = 0
  rssMib = 50
  collections = 0
  #cpuSeconds = 0
  #components: Component[] = []

  constructor(limits: GovernorOptions['limits']) {
    const out = { write: (line: string) => this.logged.push(line.slice(13).trimEnd()) }
    this.governor = new Governor({
      limits,
      log: createLogger({ encoding: 'console', out }),
      meter: this.registry.meter(),
      clock: this.clock,
      readings: {
        cpuSeconds: () => this.#cpuSeconds,
        rssBytes: () => this.rssMib * 1024 * 1024,
      },
      collectGarbage: () => this.collections++,
    })
  }

  /** A component that costs 10 µs an item. */
  component(rate: number): Component {
    const component = new Component(rate)
    this.#components.push(component)
    return component
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      const items = this.#components.reduce((sum, component) => sum + component.second(), 0)
      this.#cpuSeconds += this.idle + items * 1e-5
      await this.clock.advance(1_000)
    }
  }

  /** The governor's metrics, without `waggle.governor.`. */
  metrics(): Record<string, number> {
    const rows = this.registry
      .collect()
      .metrics.map(({ facts, points }) => [facts.name.slice(16), points[0]!.value])
    return Object.fromEntries(rows) as Record<string, number>
  }
}

/** Something that can do less. */
class Component implements Governed {
  readonly shifts: number[] = []
  rate: number
  programs: number | undefined
  #kept = 0

  constructor(rate: number) {
    this.rate = rate
  }

  /** What it keeps in a second. */
  second(): number {
    const kept = this.rate / 2 ** (this.shifts.at(-1) ?? 0)
    this.#kept += kept
    return kept
  }

  setSampling(shift: number): void {
    this.shifts.push(shift)
  }

  items(): number {
    return this.#kept
  }

  programCores(): number | undefined {
    return this.programs
  }
}

it('tells its components to keep less when the agent costs too much, says so, and takes it back', async () => {
  const trial = new Trial({ cpu: 0.5 })
  const [one, two] = [trial.component(100_000), trial.component(60_000)]
  trial.governor.govern(one)
  trial.governor.govern(two)
  trial.governor.start()
  expect(trial.metrics()).toEqual({ level: 0, 'sampling.ratio': 1, 'cpu.limit': 0.5 })
  await trial.pass(60)
  expect([one.shifts, two.shifts]).toEqual([[2], [2]])
  const busy = { level: 1, 'sampling.ratio': 0.25, 'cpu.limit': 0.5 }
  expect(trial.metrics()).toMatchObject(busy)
  expect(trial.metrics()['cpu']).toBeCloseTo(0.4)
  one.rate = 0
  two.rate = 0
  await trial.pass(60)
  expect(one.shifts).toEqual([2, 1, 0])
  expect(trial.metrics()).toMatchObject({ level: 0, 'sampling.ratio': 1, cpu: 0 })
  expect(trial.logged).toEqual([
    'warn  The agent costs more CPU than it may, keeping fewer exchanges. cores=1.6 limit=0.5 keeping_1_of=4',
    'info  The agent costs less CPU than it may, keeping more exchanges. cores=0.2 limit=0.5 keeping_1_of=2',
    'info  The agent costs less CPU than it may, keeping more exchanges. cores=0 limit=0.5 keeping_1_of=1',
  ])
  trial.governor.stop()
})

it('tells a component that comes later at once, and one that has gone nothing more', async () => {
  const trial = new Trial({ cpu: 0.5 })
  const first = trial.component(160_000)
  const end = trial.governor.govern(first)
  trial.governor.start()
  await trial.pass(20)
  const second = trial.component(0)
  trial.governor.govern(second)
  expect(second.shifts).toEqual([2])
  end()
  end()
  first.rate = 0
  await trial.pass(60)
  expect(first.shifts).toEqual([2])
  expect(second.shifts).toEqual([2, 1, 0])
  trial.governor.stop()
})

it('does not take a component that has gone for work that is no longer done', async () => {
  const trial = new Trial({ cpu: 0.5 })
  const [gone, left] = [trial.component(160_000), trial.component(0)]
  const end = trial.governor.govern(gone)
  trial.governor.govern(left)
  trial.governor.start()
  await trial.pass(60)
  gone.rate = 0
  end()
  // Less than the limit, and more than is aimed at.
  trial.idle = 0.45
  await trial.pass(60)
  expect(left.shifts).toEqual([2])
  trial.governor.stop()
})

it('counts what programs in the kernel cost where that is known', async () => {
  const trial = new Trial({ cpu: 0.5 })
  const [known, unknown] = [trial.component(20_000), trial.component(0)]
  known.programs = 0.4
  trial.governor.govern(known)
  trial.governor.govern(unknown)
  trial.governor.start()
  await trial.pass(8)
  expect(known.shifts).not.toEqual([])
  trial.governor.stop()
})

it('says once when nothing that it can leave out is enough', async () => {
  const trial = new Trial({ cpu: 0.1 })
  trial.idle = 0.2
  trial.governor.govern(trial.component(10))
  trial.governor.start()
  await trial.pass(120)
  expect(trial.logged.filter((line) => line.startsWith('error'))).toEqual([
    'error The agent costs more CPU than it may whatever it leaves out. cores=0.2 limit=0.1 keeping_1_of=1024',
  ])
  trial.governor.stop()
})

it('says when no component can do less', () => {
  const trial = new Trial({ cpu: 0.5 })
  trial.governor.start()
  expect(trial.logged).toEqual([
    'warn  service.limits.cpu is set, but no component here can do less.',
  ])
  trial.governor.stop()
})

it('refuses data above the limit of memory until there is room again', async () => {
  const trial = new Trial({ memory_mib: 100 })
  trial.governor.start()
  const seen: unknown[] = []
  for (const rss of [99, 101, 99, 96, 94, 100]) {
    trial.rssMib = rss
    await trial.pass(1)
    seen.push([rss, trial.governor.refusal(), trial.metrics()['memory.refusing']])
  }
  expect(seen).toEqual([
    [99, undefined, 0],
    [101, 'memory_limit', 1],
    [99, 'memory_limit', 1],
    [96, 'memory_limit', 1],
    [94, undefined, 0],
    [100, undefined, 0],
  ])
  expect(trial.metrics()['memory.limit']).toBe(100 * 1024 * 1024)
  expect(trial.logged).toEqual([
    'error The agent uses more memory than it may, refusing data. rss_mib=101 limit_mib=100',
    'info  The agent uses less memory than it may, taking data again. rss_mib=94 limit_mib=100',
  ])
  trial.governor.stop()
})

it('asks for garbage to be collected while it refuses, each ten seconds', async () => {
  const trial = new Trial({ memory_mib: 100 })
  trial.governor.start()
  await trial.pass(5)
  expect(trial.collections).toBe(0)
  trial.rssMib = 120
  await trial.pass(25)
  expect(trial.collections).toBe(3)
  trial.governor.stop()
})

it('does nothing where nothing is limited', async () => {
  const trial = new Trial({})
  const component = trial.component(1e6)
  trial.governor.govern(component)
  trial.rssMib = 4_000
  trial.governor.start()
  await trial.pass(60)
  expect(component.shifts).toEqual([])
  expect(trial.governor.refusal()).toBeUndefined()
  expect(trial.metrics()).toEqual({})
})

it('does nothing any more once it is stopped', async () => {
  const trial = new Trial({ cpu: 0.5, memory_mib: 100 })
  const component = trial.component(1e6)
  trial.governor.govern(component)
  trial.governor.start()
  trial.governor.stop()
  trial.rssMib = 200
  await trial.pass(60)
  expect(component.shifts).toEqual([])
  expect(trial.governor.refusal()).toBeUndefined()
})
