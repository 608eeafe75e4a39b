import type { BpfMap } from 'libbpf-addon'

/**
 * Reads a per-CPU array of 64-bit counts, one for each of `names` by index, summed over the CPUs.
 * The sums only grow; exact up to 2^53. A count that the map does not have is 0.
 */
export class CpuCounters<Name extends string> {
  readonly #map: BpfMap
  readonly #names: readonly Name[]
  readonly #value: Buffer
  readonly #key = Buffer.alloc(4)

  constructor(map: BpfMap, names: readonly Name[]) {
    this.#map = map
    this.#names = names
    this.#value = Buffer.alloc(map.valueSize)
  }

  /** Every count as it stands. */
  read(): Record<Name, number> {
    const counts = {} as Record<Name, number>
    for (const [index, name] of this.#names.entries()) counts[name] = this.#sum(index)
    return counts
  }

  /** Every count as it stands on each CPU, by the CPU's number; nothing for one that the map lacks. */
  readEach(): Record<Name, number[]> {
    const counts = {} as Record<Name, number[]>
    for (const [index, name] of this.#names.entries()) counts[name] = this.#each(index)
    return counts
  }

  #each(index: number): number[] {
    if (!this.#look(index)) return []
    return Array.from({ length: this.#value.length / 8 }, (_, cpu) =>
      Number(this.#value.readBigUInt64LE(cpu * 8)),
    )
  }

  #sum(index: number): number {
    if (!this.#look(index)) return 0
    let sum = 0n
    for (let at = 0; at < this.#value.length; at += 8) sum += this.#value.readBigUInt64LE(at)
    return Number(sum)
  }

  /** Fills `#value`; false when the map does not have the count. */
  #look(index: number): boolean {
    this.#key.writeUInt32LE(index)
    return this.#map.lookup(this.#key, this.#value) !== undefined
  }
}
