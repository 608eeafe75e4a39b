import type { Totals } from './agent_process.ts'
import { RECORDS_PER_REQUEST, median, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'
import type { AgentHalf, Round, WholeAgentOptions } from './whole_agent.ts'

/** The table of a run of the whole agent. */
export function agentFigures(rounds: readonly Round[], options: WholeAgentOptions): Figure[] {
  const halves = rounds.map((round) => round.agent)
  const growth = rounds.map(({ bare, agent }) => (agent.serverUs / bare.serverUs - 1) * 100)
  const perExchange = halves.map(({ agentSeconds, load }) => (agentSeconds * 1e6) / load.requests)
  const rates = rounds.flatMap(({ bare, agent }) => [bare.load.rps, agent.load.rps])
  const bare = median(rounds.map((round) => round.bare.serverUs)).toFixed(2)
  return [
    { what: 'achieved requests/s', value: spreadText(rates, 0), baseline: `asked ${options.rate}` },
    {
      what: "growth of nginx's CPU per request, %",
      value: spreadText(growth, 1),
      bar: '10',
      goal: '5',
      baseline: `bare nginx, ${bare} µs a request`,
    },
    {
      what: 'p99 latency from when a request was due, ms',
      value: spreadText(halves.map(({ load }) => load.latencyMs.p99)),
      baseline: `bare ${spreadText(rounds.map(({ bare: half }) => half.load.latencyMs.p99))}`,
    },
    { what: "agent's CPU per exchange, µs", value: spreadText(perExchange, 2) },
    {
      what:
        options.pipeline === 'encode'
          ? "agent's CPU per record, ring buffer to encoded OTLP, µs"
          : "agent's CPU per record, µs, sending included",
      value: spreadText(
        perExchange.map((us) => us / RECORDS_PER_REQUEST),
        2,
      ),
      bar: '2',
      goal: '0.8',
    },
    ...recordFigures(halves),
    ...memoryFigures(halves),
  ]
}

function recordFigures(halves: readonly AgentHalf[]): Figure[] {
  const made = sum(halves.map(({ load }) => load.requests * RECORDS_PER_REQUEST))
  const seen = sum(halves.map(({ totals }) => receiverOf(totals).in))
  const lost = lostByReason(halves.flatMap(({ totals }) => totals))
  const count = sum([...lost.values()])
  const reasons = [...lost].map(([reason, items]) => `${reason} ${items}`).join(', ')
  return [
    { what: 'records seen', value: `${seen}`, baseline: `${made} made by the load` },
    { what: 'spans exported', value: `${sum(halves.map(({ exported }) => exported))}` },
    {
      what: 'records lost, as the agent counts them',
      value: count === 0 ? '0' : `${count} (${reasons})`,
      bar: '0',
      goal: '0',
    },
  ]
}

function memoryFigures(halves: readonly AgentHalf[]): Figure[] {
  const [before, after, max] = (['before', 'after', 'max'] as const).map((when) =>
    median(halves.map(({ residentMib }) => residentMib[when])).toFixed(0),
  )
  const allocated = halves.flatMap(({ allocated: bytes, load }) =>
    bytes === undefined ? [] : [bytes / (load.requests * RECORDS_PER_REQUEST)],
  )
  const memory = {
    what: 'agent RSS before / after / max, MiB',
    value: `${before} / ${after} / ${max}`,
  }
  const figures: Figure[] = [{ ...memory, bar: '120', goal: '90' }]
  if (allocated.length === 0) return figures
  const what = "bytes allocated per record, main thread's heap"
  return [...figures, { what, value: spreadText(allocated, 1), bar: '100', goal: '10' }]
}

/** The counts of the agent's receiver. */
export function receiverOf(totals: readonly Totals[]): Totals {
  const receiver = totals.find(({ component }) => component.startsWith('receiver/'))
  if (!receiver) throw new Error('the agent printed no totals of its receiver')
  return receiver
}

/** What was lost, by component and reason; what was left out on purpose is not. */
export function lostByReason(totals: readonly Totals[]): Map<string, number> {
  const lost = new Map<string, number>()
  for (const { component, dropped } of totals) {
    for (const [reason, items] of Object.entries(dropped)) {
      // Left out on purpose.
      if (component.startsWith('processor/sampler')) continue
      const key = `${component} ${reason}`
      lost.set(key, (lost.get(key) ?? 0) + items)
    }
  }
  return lost
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
