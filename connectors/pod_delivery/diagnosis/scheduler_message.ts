import type { Signal } from './signals.ts'

const about = /^(event FailedScheduling|condition PodScheduled\/)/

/**
 * A message of the scheduler names a reason for every group of nodes, "0/5 nodes are available: 1
 * Insufficient cpu, 4 node(s) had untolerated taint(s). preemption: …" (FitError in
 * pkg/scheduler/framework/types.go). Each reason becomes a signal of its own; those of older messages
 * weigh less, for the cluster has changed since. What comes after the filters' reasons is about
 * preemption and repeats them.
 */
export function reasonsApart(signals: readonly Signal[]): Signal[] {
  const last = signals
    .filter((signal) => about.test(signal.about) && signal.message !== '')
    .toSorted((a, b) => Number(a.current) - Number(b.current) || a.lastMs - b.lastMs)
    .at(-1)
  const newest = last && filtersOf(last.message)
  return signals.flatMap((signal) => {
    if (!about.test(signal.about)) return [signal]
    const message = filtersOf(signal.message)
    const weight = message === newest ? 1 : 0
    return reasonsOf(message).map((part) => ({ ...signal, message, part, weight }))
  })
}

function filtersOf(message: string): string {
  return message.replace(/\s*(?:preemption: |no new claims to deallocate).*$/s, '')
}

function reasonsOf(message: string): string[] {
  const [, list] = /^\d+\/\d+ nodes are available: (.*)$/s.exec(message) ?? []
  return list === undefined ? [message] : list.split(/[,.] (?=\d+ )/)
}
