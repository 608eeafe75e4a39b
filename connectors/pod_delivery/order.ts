/** Something that comes after others. */
export interface Ordered {
  readonly name: string
  readonly after: readonly string[]
}

/**
 * Names in an order in which each comes after those that it names, else as they were given; or the way
 * round where there is none. What is named and not given counts as done.
 */
export function ordered(
  items: readonly Ordered[],
): { readonly order: readonly string[] } | { readonly cycle: readonly string[] } {
  const byName = new Map(items.map((item) => [item.name, item]))
  const done = new Set<string>()
  const way: string[] = []

  function visit(name: string): readonly string[] | undefined {
    const item = byName.get(name)
    if (!item || done.has(name)) return undefined
    const start = way.indexOf(name)
    if (start >= 0) return [...way.slice(start), name]
    way.push(name)
    for (const before of item.after) {
      const cycle = visit(before)
      if (cycle) return cycle
    }
    way.pop()
    done.add(name)
    return undefined
  }

  for (const { name } of items) {
    const cycle = visit(name)
    if (cycle) return { cycle }
  }
  return { order: [...done] }
}

/**
 * Items so that each comes after those that it names.
 * @param need how they are told of that cannot be: `stages wait for`
 * @throws Error for those that go round in a circle
 */
export function inOrder<T extends Ordered>(items: readonly T[], need: string): T[] {
  const result = ordered(items)
  if ('cycle' in result) throw new Error(`${need} each other: ${result.cycle.join(' -> ')}`)
  const { order } = result
  return items.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
}
