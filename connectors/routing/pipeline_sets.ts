/**
 * Sets of pipelines by small numbers, 0 being the empty one: where an item goes is one number, and
 * adding a route's pipelines to it is a look into a table.
 */
export class PipelineSets {
  readonly #sets: string[][] = [[]]
  readonly #byKey = new Map<string, number>([['', 0]])
  readonly #sums = new Map<number, Map<readonly string[], number>>()

  /** The pipelines of a set. */
  of(set: number): readonly string[] {
    return this.#sets[set] as readonly string[]
  }

  /** The set with some more pipelines. @param more the same array each time for the same pipelines */
  with(set: number, more: readonly string[]): number {
    let sums = this.#sums.get(set)
    if (!sums) this.#sums.set(set, (sums = new Map()))
    let sum = sums.get(more)
    if (sum === undefined) sums.set(more, (sum = this.#number([...this.of(set), ...more])))
    return sum
  }

  #number(pipelines: readonly string[]): number {
    const sorted = [...new Set(pipelines)].toSorted()
    const key = sorted.join(' ')
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const set = this.#sets.push(sorted) - 1
    this.#byKey.set(key, set)
    return set
  }
}
