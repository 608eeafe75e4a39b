import { setTimeout as sleep } from 'node:timers/promises'
import { runWrk } from '../kit/load.ts'
import { start } from '../kit/processes.ts'
import type { Program } from '../kit/processes.ts'
import { spreadText, warnOfNoise, warnOfStrangers } from './figures.ts'
import type { Figure } from './figures.ts'
import { LOAD_CPU, startTarget } from './target.ts'

/** What a run of the kernel tax can be told. */
export interface KernelTaxOptions {
  readonly rounds: number
  /** Of each half of a round. */
  readonly seconds: number
  readonly connections: number
}

interface Half {
  readonly rps: number
  readonly requests: number
}

interface DrainTotals {
  readonly drained: number
  /** For want of room in the ring. */
  readonly lost: number
}

/** What is attached in a part of a round. */
type Variant = 'all' | 'without queue_time'

const VARIANTS: readonly Variant[] = ['all', 'without queue_time']

interface Measured {
  /** Throughput by variant; of nginx alone by `bare`. */
  readonly rps: Readonly<Record<Variant | 'bare', number[]>>
  readonly drained: DrainTotals[]
}

/**
 * What the programs in the kernel cost: throughput of nginx with them attached and their ring
 * emptied unread, against bare; with all of them, and without the one that tells how long requests
 * wait. Parts alternate, and their order with each round, so that a machine that gets slower or
 * faster favours none.
 */
export async function kernelTax(options: KernelTaxOptions): Promise<Figure[]> {
  const { url } = await startTarget()
  const load = (seconds = options.seconds) => drive(url, { ...options, seconds })
  await load(1)
  const measured: Measured = {
    rps: { bare: [], all: [], 'without queue_time': [] },
    drained: [],
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const part of turned(['bare', ...VARIANTS] as const, round)) {
      if (part === 'bare') measured.rps.bare.push((await load()).rps)
      else await attachedPart(load, part, measured)
    }
    sayRound(round, measured)
  }
  warnOfNoise(measured.rps.bare)
  return figures(measured)
}

/** The parts in the order of a round. */
function turned<T>(parts: readonly T[], round: number): T[] {
  const first = round % parts.length
  return [...parts.slice(first), ...parts.slice(0, first)]
}

async function attachedPart(
  load: () => Promise<Half>,
  variant: Variant,
  { rps, drained }: Measured,
): Promise<void> {
  const { half, drain } = await withDrain(load, variant)
  rps[variant].push(half.rps)
  drained.push(drain)
  warnOfStrangers(drain.drained + drain.lost, half.requests)
}

async function drive(
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Half> {
  const result = await runWrk({ url, seconds, connections, cpus: String(LOAD_CPU) })
  if (result.errors > 0) throw new Error(`wrk met ${result.errors} errors`)
  return result
}

async function withDrain(
  load: () => Promise<Half>,
  variant: Variant,
): Promise<{ half: Half; drain: DrainTotals }> {
  const args = variant === 'all' ? [] : ['--without-queue-time']
  const program = await start(process.execPath, [`${import.meta.dirname}/drain.ts`, ...args])
  await program.waitForOutput(/^attached$/m)
  await sleep(200)
  const half = await load()
  return { half, drain: await endDrain(program) }
}

async function endDrain(program: Program): Promise<DrainTotals> {
  const { code } = await program.stop()
  const totals = program.stdout.match(/^\{.*\}$/m)?.[0]
  if (code !== 0 || !totals) throw new Error(`drain.ts failed:\n${program.output}`)
  return JSON.parse(totals) as DrainTotals
}

function sayRound(round: number, { rps }: Measured): void {
  const last = (part: Variant | 'bare'): number => rps[part].at(-1) as number
  const parts = VARIANTS.map((part) => `${part} ${(last(part) / last('bare')).toFixed(3)}`)
  process.stdout.write(
    `round ${round + 1}: bare ${last('bare').toFixed(0)}/s, ratios: ${parts.join(', ')}\n`,
  )
}

function figures({ rps, drained: totals }: Measured): Figure[] {
  const ratios = (part: Variant): number[] =>
    rps[part].map((value, round) => value / (rps.bare[round] as number))
  const lost = totals.reduce((sum, total) => sum + total.lost, 0)
  const drained = totals.reduce((sum, total) => sum + total.drained, 0)
  return [
    {
      what: 'kernel tax: throughput ratio, programs attached, ring drained unread',
      value: spreadText(ratios('all')),
      bar: '0.90',
      goal: '0.94',
      baseline: `bare nginx, ${spreadText(rps.bare, 0)} requests/s`,
    },
    {
      what: '… with `queue_time: false`',
      value: spreadText(ratios('without queue_time')),
      bar: '0.90',
      goal: '0.94',
      baseline: 'the same',
    },
    { what: '… records drained / lost', value: `${drained} / ${lost}` },
  ]
}
