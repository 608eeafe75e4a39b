import { describe, expect, it } from 'vitest'
import { CpuGovernor, MAX_SHIFT } from './governor_cpu.ts'

/** A simulated agent. */
interface Agent {
  /** Items per second that there are, at a time in seconds. */
  readonly load: (second: number) => number
  /** Cores used without any item. */
  readonly idle: number
  /** Microseconds of CPU for an item that is kept, and for one that is skipped. */
  readonly keptUs: number
  readonly skippedUs?: number
  /** Share by which the cost of a second strays. */
  readonly noise?: number
}

interface Second {
  readonly shift: number
  readonly cores: number
}

/** Runs an agent under a governor; what each second was like. */
function run(limit: number, agent: Agent, seconds: number): Second[] {
  const governor = new CpuGovernor(limit)
  const { load, idle, keptUs, skippedUs = 0, noise = 0 } = agent
  const random = seeded(7)
  let [cpuSeconds, items] = [0, 0]
  return Array.from({ length: seconds }, (_, second) => {
    const { shift } = governor
    const kept = load(second) / 2 ** shift
    const exact = idle + (kept * keptUs + (load(second) - kept) * skippedUs) / 1e6
    const cores = exact * (1 + noise * (2 * random() - 1))
    cpuSeconds += cores
    items += kept
    governor.step({ atMs: second * 1_000, cpuSeconds, items, programCores: 0 })
    return { shift, cores }
  })
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The shifts in force, each change once. */
function changes(seconds: readonly Second[]): number[] {
  return seconds.map(({ shift }) => shift).filter((shift, i, all) => shift !== all[i - 1])
}

const mean = (seconds: readonly Second[]): number =>
  seconds.reduce((sum, { cores }) => sum + cores, 0) / seconds.length

const steady = (rate: number) => (): number => rate

describe('the governor of CPU', () => {
  it('leaves an agent alone that costs less than it may', () => {
    const agent = { load: steady(40_000), idle: 0.02, keptUs: 10 }
    expect(changes(run(0.5, agent, 3_600))).toEqual([0])
  })

  it.each([
    [1.2, 1],
    [2, 2],
    [5, 3],
    [40, 6],
  ])('brings %f times the limit below it, keeping 1 of 2^%i', (times, shift) => {
    const agent = { load: steady(times * 50_000), idle: 0, keptUs: 10 }
    const seconds = run(0.5, agent, 600)
    expect(seconds.at(-1)!.shift).toBe(shift)
    expect(seconds.slice(30).every(({ cores }) => cores <= 0.5)).toBe(true)
  })

  it('does not judge the first seconds, and acts within ten', () => {
    const seconds = run(0.5, { load: steady(100_000), idle: 0, keptUs: 10 }, 11)
    expect(seconds[4]!.shift).toBe(0)
    expect(seconds[10]!.shift).toBeGreaterThan(0)
  })

  it('stays where it is under a steady load', () => {
    for (const times of [1.01, 1.3, 1.59, 1.61, 2.1, 3.3, 7, 13]) {
      const agent = { load: steady(times * 40_000), idle: 0.1, keptUs: 10, noise: 0.1 }
      const seconds = run(0.5, agent, 7_200)
      const late = seconds.slice(120)
      expect(changes(late), `at ${times} times`).toHaveLength(1)
      expect(mean(late)).toBeLessThanOrEqual(0.5)
      expect(mean(late)).toBeGreaterThan(0.15)
    }
  })

  it('keeps everything again when the load has gone, one step after the other', () => {
    const load = (second: number): number => (second < 300 ? 400_000 : 1_000)
    const seconds = run(0.5, { load, idle: 0.05, keptUs: 10 }, 600)
    expect(seconds[299]!.shift).toBe(4)
    expect(changes(seconds.slice(299))).toEqual([4, 3, 2, 1, 0])
    expect(seconds[360]!.shift).toBe(0)
  })

  it('keeps everything again although most of what it costs has nothing to do with items', () => {
    const load = (second: number): number => (second < 300 ? 200_000 : 2_000)
    const seconds = run(0.5, { load, idle: 0.35, keptUs: 10 }, 600)
    expect(seconds[299]!.shift).toBeGreaterThan(2)
    expect(seconds.at(-1)!.shift).toBe(0)
  })

  it('does not leave out more than it has to where the target cannot be had', () => {
    const agent = { load: steady(40_000), idle: 0.42, keptUs: 10 }
    const seconds = run(0.5, agent, 600)
    // Half and a quarter of the items are too many beside 0.42 cores, an eighth is not.
    expect(seconds.at(-1)!.shift).toBe(3)
    expect(changes(seconds)).toEqual([0, 2, 3])
  })

  it('counts on skipped items costing something too', () => {
    const agent = { load: steady(200_000), idle: 0.02, keptUs: 10, skippedUs: 0.5 }
    const seconds = run(0.5, agent, 3_600)
    expect(changes(seconds.slice(60))).toHaveLength(1)
    expect(seconds.at(-1)!.cores).toBeLessThan(0.5)
  })

  it.each([10, 20, 40, 90, 300])(
    'changes each two minutes at most with a load that comes and goes each %i seconds',
    (half) => {
      const load = (second: number): number => (Math.floor(second / half) % 2 === 0 ? 120_000 : 0)
      const seconds = run(0.5, { load, idle: 0.02, keptUs: 10 }, 7_200)
      expect(changes(seconds.slice(3_600)).length - 1).toBeLessThanOrEqual(30)
    },
  )

  it('follows a load that grows and shrinks slowly', () => {
    const load = (second: number): number => 200_000 * Math.sin((Math.PI * second) / 7_200) ** 2
    const seconds = run(0.5, { load, idle: 0.02, keptUs: 10, noise: 0.05 }, 7_200)
    const shifts = changes(seconds)
    const top = shifts.indexOf(Math.max(...shifts))
    expect(shifts.slice(0, top + 1)).toEqual([0, 1, 2, 3].slice(0, top + 1))
    expect(shifts.slice(top)).toEqual([3, 2, 1, 0].slice(3 - Math.max(...shifts)))
    expect(seconds.filter(({ cores }) => cores > 0.55)).toEqual([])
  })

  it('ends at the most that it can leave out where that is not enough', () => {
    const seconds = run(0.05, { load: steady(10_000), idle: 0.1, keptUs: 10 }, 120)
    expect(seconds.at(-1)!.shift).toBe(MAX_SHIFT)
  })

  it('counts what the programs in the kernel cost', () => {
    const governor = new CpuGovernor(0.5)
    for (let second = 0; second < 8; second++) {
      const reading = { atMs: second * 1_000, cpuSeconds: second * 0.3, items: second }
      governor.step({ ...reading, programCores: 0.3 })
    }
    expect(governor.cores).toBeCloseTo(0.6)
    expect(governor.shift).toBe(1)
  })
})
