import { Takers } from './fan_out.ts'
import type { FanOut, Taker } from './fan_out.ts'
import type { Parts, Row } from './parts.ts'
import { kindFrom } from './plan.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from './plan.ts'

/**
 * Joins parts as the plan says, all at once: a batch that comes now goes the new ways. Returns what
 * tells those whom something else fed before that nothing more comes from there.
 */
export function wire(plan: Plan, parts: Parts): () => void {
  const ways = new Map<FanOut, Takers>()
  const takersOf = (exits: FanOut): Takers => {
    const takers = ways.get(exits) ?? new Takers()
    ways.set(exits, takers)
    return takers
  }
  for (const pipeline of plan.pipelines) {
    const row = parts.rows.get(pipeline.id) as Row
    for (const { component } of pipeline.exporters) {
      takersOf(row.exits).add(pipeline.kind, takerOf(component, parts), pipeline.id)
    }
    for (const { component } of pipeline.receivers) {
      // The plan has been checked: a kind is there.
      const kind = kindFrom(plan, component, pipeline)
      if (kind) takersOf(exitsOf(component, parts)).add(kind, row.stream.entry(), pipeline.id)
    }
  }
  const before = [...ways].map(([exits, takers]) => exits.become(takers))
  return () => {
    for (const takers of before) takers.complete()
  }
}

type Reference = PlannedPipeline['exporters'][number]['component']

function takerOf({ role, id }: Reference, parts: Parts): Taker {
  const taker =
    role === 'connector'
      ? parts.connectors.get(id)?.stream.entry()
      : parts.exporters.get(id)?.destination
  return taker as Taker
}

function exitsOf({ role, id }: PlannedComponent<'receiver' | 'connector'>, parts: Parts): FanOut {
  const part = role === 'connector' ? parts.connectors.get(id) : parts.receivers.get(id)
  return part?.exits as FanOut
}
