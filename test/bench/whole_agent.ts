import { setTimeout as sleep } from 'node:timers/promises'
import { runOpenLoad } from '../kit/load.ts'
import type { OpenLoadResult } from '../kit/load.ts'
import { AgentProcess, CountingSink } from './agent_process.ts'
import type { Pipeline, Totals, Watching } from './agent_process.ts'
import { agentFigures, receiverOf } from './agent_figures.ts'
import { warnOfNoise, warnOfStrangers } from './figures.ts'
import type { Figure } from './figures.ts'
import { cpuSeconds, cpuSecondsOfFamily, forgetMaxResident, residentMib } from './proc_stat.ts'
import { LOAD_CPU, startTarget } from './target.ts'

/** What a run of the whole agent can be told. */
export interface WholeAgentOptions extends Watching {
  readonly rounds: number
  /** Of each half of a round. */
  readonly seconds: number
  readonly connections: number
  /** Requests per second. */
  readonly rate: number
  readonly pipeline: Pipeline
  /** Print what the agent wrote. */
  readonly keepLog: boolean
}

/** A load and what the server spent on it. */
export interface Half {
  readonly load: OpenLoadResult
  /** CPU of the server per request. */
  readonly serverUs: number
}

/** A load with the agent, and what the agent spent and said. */
export interface AgentHalf extends Half {
  /** CPU of the agent, user and system, all threads, until it was idle again. */
  readonly agentSeconds: number
  readonly residentMib: { readonly before: number; readonly after: number; readonly max: number }
  /** Bytes on the main thread's heap; undefined when not counted. */
  readonly allocated: number | undefined
  readonly totals: readonly Totals[]
  /** Spans that arrived. */
  readonly exported: number
}

/** One round. */
export interface Round {
  readonly bare: Half
  readonly agent: AgentHalf
}

/** How long the agent may take to hand on what it holds: batch timeout, and one more export. */
const SETTLE_MS = 2_000

/** A request that waited this long was answered in a burst with others, which costs less each. */
const STALL_MS = 20

/** What the whole agent costs at a fixed rate of requests, of which it sees both ends. */
export async function wholeAgent(options: WholeAgentOptions): Promise<Figure[]> {
  const { nginx, url } = await startTarget()
  const drive = (seconds = options.seconds) => driven(nginx.pid, url, { ...options, seconds })
  await drive(1)
  const rounds: Round[] = []
  for (let i = 0; i < options.rounds; i++) {
    const bareFirst = i % 2 === 0 ? await drive() : undefined
    const agent = await withAgent(drive, options)
    const round = { bare: bareFirst ?? (await drive()), agent }
    rounds.push(round)
    sayRound(i, round)
  }
  warnOfNoise(rounds.map(({ bare }) => bare.serverUs))
  return agentFigures(rounds, options)
}

async function driven(pid: number, url: string, options: WholeAgentOptions): Promise<Half> {
  const { connections, seconds, rate } = options
  const before = cpuSecondsOfFamily(pid)
  const load = await runOpenLoad({ url, rps: rate, seconds, connections, cpus: String(LOAD_CPU) })
  const spent = cpuSecondsOfFamily(pid) - before
  const failed = load.errors + load.unanswered
  if (failed > 0) throw new Error(`${failed} requests of the load had no good answer`)
  return { load, serverUs: (spent * 1e6) / load.requests }
}

async function withAgent(
  drive: () => Promise<Half>,
  options: WholeAgentOptions,
): Promise<AgentHalf> {
  const sink = await CountingSink.start()
  const agent = await AgentProcess.start(sink.port, options, options.pipeline)
  await sleep(SETTLE_MS)
  forgetMaxResident(agent.pid)
  const residentBefore = residentMib(agent.pid).now
  const cpuBefore = cpuSeconds(agent.pid)
  const watched = options.allocations || options.profile !== undefined
  if (watched) agent.toggleWatching()
  const half = await drive()
  await sleep(SETTLE_MS)
  const agentSeconds = cpuSeconds(agent.pid) - cpuBefore
  const { now: after, max } = residentMib(agent.pid)
  if (watched) agent.toggleWatching()
  const allocated = options.allocations ? await agent.allocated() : undefined
  const totals = await agent.stop()
  if (options.keepLog) process.stdout.write(agent.output)
  const resident = { before: residentBefore, after, max }
  return {
    ...half,
    agentSeconds,
    residentMib: resident,
    allocated,
    totals,
    exported: await sink.stop(),
  }
}

function sayRound(i: number, { bare, agent }: Round): void {
  const growth = (agent.serverUs / bare.serverUs - 1) * 100
  process.stdout.write(
    `round ${i + 1}: ${agent.load.rps.toFixed(0)}/s, nginx ${bare.serverUs.toFixed(2)} µs a request bare, ` +
      `${agent.serverUs.toFixed(2)} with the agent (${growth.toFixed(1)} %), ${agent.exported} spans exported\n`,
  )
  const worst = Math.max(bare.load.latencyMs.p99, agent.load.latencyMs.p99)
  if (worst > STALL_MS) {
    process.stdout.write(
      `  p99 was ${worst.toFixed(0)} ms: in bursts, CPU per request is not comparable\n`,
    )
  }
  const { in: seen } = receiverOf(agent.totals)
  warnOfStrangers(seen, agent.load.requests)
}
