import type { JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import type { Answer } from './schemas.ts'

/** By what deliveries are put together. */
export type SummaryKey = Answer<'Summary'>['by']
type Group = Answer<'Group'>

const MOST_CODES = 10

/** Deliveries put together: groups with the most broken promises first, then the largest. */
export function groupsOf(judged: readonly JudgedDelivery[], by: SummaryKey): Group[] {
  const groups = Map.groupBy(judged, (one) => keyOf(one, by))
  return [...groups].map(([key, members]) => groupOf(key, members)).toSorted(worseFirst)
}

function keyOf({ delivery: { pod } }: JudgedDelivery, by: SummaryKey): string {
  if (by === 'namespace') return pod.namespace
  if (by === 'node') return pod.nodeName
  const workload = pod.workload ?? pod.owner
  return workload
    ? `${pod.namespace}/${workload.kind}/${workload.name}`
    : `${pod.namespace}/Pod/${pod.name}`
}

function groupOf(key: string, members: readonly JudgedDelivery[]): Group {
  const count = (wanted: (one: JudgedDelivery) => boolean): number => members.filter(wanted).length
  const ended = members.filter(({ delivery }) => delivery.endMs !== undefined)
  const times = ended.map(({ verdict }) => verdict.platformMs).toSorted((a, b) => a - b)
  return {
    key,
    deliveries: members.length,
    in_flight: members.length - ended.length,
    kept: count(({ verdict }) => verdict.kept === 'kept'),
    broken: count(({ verdict }) => verdict.kept === 'broken'),
    excused: count(({ verdict }) => verdict.kept === 'excused'),
    unknown: count(({ verdict }) => verdict.kept === 'unknown'),
    platform_ms_p50: quantile(times, 0.5),
    platform_ms_p99: quantile(times, 0.99),
    platform_ms_max: times.at(-1) ?? null,
    codes: codesOf(members),
  }
}

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

function codesOf(members: readonly JudgedDelivery[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { diagnosis } of members) {
    if (diagnosis.code === 'Success') continue
    counts.set(diagnosis.code, (counts.get(diagnosis.code) ?? 0) + 1)
  }
  const sorted = [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b))
  return Object.fromEntries(sorted.slice(0, MOST_CODES))
}

function worseFirst(a: Group, b: Group): number {
  return b.broken - a.broken || b.deliveries - a.deliveries || a.key.localeCompare(b.key)
}
