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
  /** Without the program that tells how long requests wait. */
  readonly withoutQueueTime: boolean
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

/**
 * What the programs in the kernel cost: throughput of nginx with them attached and their ring
 * emptied unread, against bare. Halves alternate, and their order with each round, so that a
 * machine that gets slower or faster favours neither.
 */
export async function kernelTax(options: KernelTaxOptions): Promise<Figure[]> {
  const { url } = await startTarget()
  const load = (seconds = options.seconds) => drive(url, { ...options, seconds })
  await load(1)
  const ratios: number[] = []
  const bares: number[] = []
  const totals: DrainTotals[] = []
  for (let round = 0; round < options.rounds; round++) {
    const attachedFirst = round % 2 === 1
    let bare = attachedFirst ? undefined : await load()
    const { half, drain } = await withDrain(load, options)
    bare ??= await load()
    ratios.push(half.rps / bare.rps)
    bares.push(bare.rps)
    totals.push(drain)
    sayRound(round, bare, half, drain)
  }
  warnOfNoise(bares)
  return figures(ratios, bares, totals)
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
  { withoutQueueTime }: KernelTaxOptions,
): Promise<{ half: Half; drain: DrainTotals }> {
  const args = withoutQueueTime ? ['--without-queue-time'] : []
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

function sayRound(round: number, bare: Half, half: Half, drain: DrainTotals): void {
  const ratio = (half.rps / bare.rps).toFixed(3)
  process.stdout.write(
    `round ${round + 1}: bare ${bare.rps.toFixed(0)}/s, attached ${half.rps.toFixed(0)}/s, ratio ${ratio}; ` +
      `${(drain.drained / half.requests).toFixed(3)} records per request, ${drain.lost} lost\n`,
  )
  warnOfStrangers(drain.drained + drain.lost, half.requests)
}

function figures(ratios: number[], bares: number[], totals: DrainTotals[]): Figure[] {
  const lost = totals.reduce((sum, total) => sum + total.lost, 0)
  const drained = totals.reduce((sum, total) => sum + total.drained, 0)
  return [
    {
      what: 'kernel tax: throughput ratio, programs attached, ring drained unread',
      value: spreadText(ratios),
      bar: '0.90',
      goal: '0.94',
      baseline: `bare nginx, ${spreadText(bares, 0)} requests/s`,
    },
    { what: '… records drained / lost', value: `${drained} / ${lost}` },
  ]
}
