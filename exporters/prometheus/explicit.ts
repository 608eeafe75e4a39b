import type { HistogramPoint } from '../../src/pdata/metrics.ts'

/** Counts by fixed bounds, as Prometheus has them. */
export interface Explicit {
  readonly kind: 'explicit'
  readonly count: number
  readonly sum: number
  /** Ascending and finite; above the last there is one more count. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

/** A histogram's data point, its counts copied. */
export function explicitOf({ count, sum = 0, bounds, counts }: HistogramPoint): Explicit {
  if (bounds.at(-1) !== Infinity) {
    return { kind: 'explicit', count, sum, bounds, counts: counts.slice() }
  }
  const last = bounds.length - 1
  const above = (counts[last] as number) + (counts[last + 1] ?? 0)
  const rest = { bounds: bounds.slice(0, last), counts: [...counts.slice(0, last), above] }
  return { kind: 'explicit', count, sum, ...rest }
}

/** Both together. Where bounds differ, those are kept that both have: at them the counts are exact. */
export function mergedExplicit(a: Explicit, b: Explicit): Explicit {
  const bounds = sameBounds(a.bounds, b.bounds) ? a.bounds : common(a.bounds, b.bounds)
  const others = countsAt(bounds, b)
  const counts = countsAt(bounds, a).map((count, i) => count + (others[i] as number))
  return { kind: 'explicit', count: a.count + b.count, sum: a.sum + b.sum, bounds, counts }
}

/** Whether two lists of bounds hold the same. */
export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]))
}

function common(a: readonly number[], b: readonly number[]): number[] {
  const others = new Set(b)
  return a.filter((bound) => others.has(bound))
}

/** The counts by `bounds`, each of which `from` has. */
function countsAt(bounds: readonly number[], from: Explicit): number[] {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0)
  let at = 0
  for (const [i, count] of from.counts.entries()) {
    counts[at] = (counts[at] as number) + count
    if (at < bounds.length && from.bounds[i] === bounds[at]) at++
  }
  return counts
}
