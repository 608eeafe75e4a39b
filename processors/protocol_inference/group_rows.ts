/** The rows of a batch that share a key. */
export interface RowGroup<Key> {
  readonly key: Key
  /** Indices of the rows, in their order. */
  readonly rows: Uint32Array
}

/**
 * Groups the rows 0 to `count - 1` by a key, groups in the order of their first rows. Nothing is
 * allocated for a row but its places in two arrays: first each row's group is noted, then the
 * groups are filled.
 */
export function groupRows<Key>(count: number, keyOf: (row: number) => Key): RowGroup<Key>[] {
  const groupOf = new Uint32Array(count)
  const numbers = new Map<Key, number>()
  const sizes: number[] = []
  for (let row = 0; row < count; row++) {
    const group = numberOf(keyOf(row), numbers)
    groupOf[row] = group
    sizes[group] = (sizes[group] ?? 0) + 1
  }
  const groups = [...numbers.keys()].map((key, i) => ({
    key,
    rows: new Uint32Array(sizes[i] ?? 0),
  }))
  sizes.fill(0)
  for (let row = 0; row < count; row++) {
    const group = groupOf[row] as number
    groups[group]!.rows[sizes[group]!++] = row
  }
  return groups
}

function numberOf<Key>(key: Key, numbers: Map<Key, number>): number {
  const known = numbers.get(key)
  if (known !== undefined) return known
  numbers.set(key, numbers.size)
  return numbers.size - 1
}
