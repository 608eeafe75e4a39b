/** A stretch of time, in milliseconds; one that ends before it begins counts nothing. */
export type Interval = readonly [fromMs: number, toMs: number]

/** The same time as intervals in order that do not touch, within `[fromMs, toMs]`. */
export function union(intervals: readonly Interval[], fromMs: number, toMs: number): Interval[] {
  const clipped = intervals.map(
    ([from, to]) => [Math.max(from, fromMs), Math.min(to, toMs)] as const,
  )
  const ordered = clipped.filter(([from, to]) => to > from).toSorted((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of ordered) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** What of `intervals` is in none of `others`; both in order and apart, as `union` gives them. */
export function minus(intervals: readonly Interval[], others: readonly Interval[]): Interval[] {
  return intervals.flatMap(([from, to]) => {
    const left: Interval[] = []
    let at = from
    for (const [otherFrom, otherTo] of others) {
      if (otherTo <= at || otherFrom >= to) continue
      if (otherFrom > at) left.push([at, otherFrom])
      at = otherTo
    }
    if (at < to) left.push([at, to])
    return left
  })
}

/** How long they are together; intervals in order and apart. */
export function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, [from, to]) => sum + (to - from), 0)
}
