import type { Signal } from './signals.ts'

const about = /^(event FailedScheduling|condition PodScheduled\/)/

/**
 * A message of the scheduler names a reason for every group of nodes, "0/5 nodes are available: 1
 * Insufficient cpu, 4 node(s) had untolerated taint(s). preemption: …" (FitError in
 * pkg/scheduler/framework/types.go). Each reason becomes a signal of its own that weighs as many nodes
 * as it keeps away; those of older messages weigh nothing, for the cluster has changed since. What comes
 * after the filters' reasons is about preemption and repeats them.
 */
export function reasonsApart(signals: readonly Signal[]): Signal[] {
  const last = signals
    .filter((signal) => about.test(signal.about) && signal.message !== '')
    .toSorted((a, b) => Number(a.current) - Number(b.current) || a.lastMs - b.lastMs)
    .at(-1)
  return signals.flatMap((signal) => {
    if (!about.test(signal.about)) return [signal]
    const newest = signal.message === last?.message
    return reasonsOf(signal.message).map(({ reason, nodes }) => ({
      ...signal,
      message: reason,
      weight: newest ? nodes : nodes / 1e6,
    }))
  })
}

function reasonsOf(message: string): { reason: string; nodes: number }[] {
  const [, list] = /^\d+\/\d+ nodes are available: (.*)$/s.exec(message) ?? []
  if (list === undefined) return [{ reason: message, nodes: 1 }]
  const filters = list.replace(/\s*(?:preemption: |no new claims to deallocate).*$/s, '')
  const parts = filters.split(/, (?=\d+ )|\. (?=\d+ )/)
  return parts.map((part) => {
    const [, nodes, reason] = /^(\d+) (.*?)[.,]?$/s.exec(part) ?? []
    return { reason: reason ?? part, nodes: nodes === undefined ? Infinity : Number(nodes) }
  })
}
