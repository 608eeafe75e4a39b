import { setTimeout as sleep } from 'node:timers/promises'
import { runWrk } from '../kit/load.ts'
import { startNginx } from '../kit/servers.ts'
import { AgentProcess, CountingSink } from './agent_process.ts'
import type { Totals } from './agent_process.ts'
import { lostByReason } from './agent_figures.ts'
import { spreadText, warnOfNoise } from './figures.ts'
import type { Figure } from './figures.ts'

/** What a run at saturation can be told. */
export interface SaturationOptions {
  readonly rounds: number
  /** Of each half of a round. */
  readonly seconds: number
  readonly connections: number
}

const QUIET = { allocations: false, profile: undefined }

/**
 * What is left of the throughput when nginx and its load have every CPU to themselves, and then
 * share them with the whole agent as it ships. Halves alternate, and their order with each round.
 */
export async function saturation(options: SaturationOptions): Promise<Figure[]> {
  const nginx = await startNginx({
    accessLog: false,
    server: 'location / { return 200 "hello world\\n"; }',
  })
  const load = async () => {
    const { seconds, connections } = options
    const url = `http://127.0.0.1:${nginx.port}/`
    return (await runWrk({ url, seconds, connections })).rps
  }
  await load()
  const ratios: number[] = []
  const bares: number[] = []
  const totals: Totals[] = []
  for (let round = 0; round < options.rounds; round++) {
    let bare = round % 2 === 1 ? undefined : await load()
    const attached = await withAgent(load, totals)
    bare ??= await load()
    ratios.push(attached / bare)
    bares.push(bare)
    process.stdout.write(
      `round ${round + 1}: bare ${bare.toFixed(0)}/s, with the agent ${attached.toFixed(0)}/s, ` +
        `ratio ${(attached / bare).toFixed(3)}\n`,
    )
  }
  warnOfNoise(bares)
  return figures(ratios, bares, totals)
}

async function withAgent(load: () => Promise<number>, totals: Totals[]): Promise<number> {
  const sink = await CountingSink.start()
  const agent = await AgentProcess.start(sink.port, QUIET, 'node')
  await sleep(1000)
  const rps = await load()
  await sleep(2000)
  totals.push(...(await agent.stop()))
  await sink.stop()
  return rps
}

function figures(ratios: number[], bares: number[], totals: Totals[]): Figure[] {
  const seen = totals.filter(({ component }) => component.startsWith('receiver/'))
  const lost = [...lostByReason(totals)].map(([reason, items]) => `${reason} ${items}`)
  return [
    {
      what: 'whole agent, nothing pinned: throughput ratio',
      value: spreadText(ratios),
      bar: '0.70',
      goal: '0.85',
      baseline: `bare, ${spreadText(bares, 0)} requests/s`,
    },
    {
      what: '… records seen; lost, as the agent counts them',
      value: `${seen.reduce((sum, one) => sum + one.in, 0)}; ${lost.join(', ') || '0'}`,
    },
  ]
}
