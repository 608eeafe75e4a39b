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

  #sum(index: number): number {
    this.#key.writeUInt32LE(index)
    if (!this.#map.lookup(this.#key, this.#value)) return 0
    let sum = 0n
    for (let at = 0; at < this.#value.length; at += 8) sum += this.#value.readBigUInt64LE(at)
    return Number(sum)
  }
}
