import type { Delivery } from '../../../src/helpers/delivery/model.ts'
import type { Mark } from './rule.ts'

/** All that shows that stages are over: what happened, and what the newest status says of it. */
export function marksOf({ events, status, pod }: Delivery, nowMs: number): Mark[] {
  const happened = events.map(({ name, container, timeMs }) => ({ name, container, timeMs }))
  const conditions = (status?.conditions ?? [])
    .filter((condition) => condition.status === 'True')
    .map(({ type, sinceMs }) => mark(`condition:${type}:true`, sinceMs || nowMs))
  const started = (status?.containers ?? [])
    .filter(({ startedMs }) => startedMs > 0)
    .map(({ name, startedMs }) => mark('event:Started', startedMs, name))
  const bound = pod.nodeName === '' ? [] : [mark('schedule:binding:success', nowMs)]
  const marks = [...happened, ...conditions, ...started, ...bound]
  return marks.toSorted((a, b) => a.timeMs - b.timeMs)
}

function mark(name: string, timeMs: number, container = ''): Mark {
  return { name, container, timeMs }
}
