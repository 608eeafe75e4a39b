import type { BpfMap, BpfObject } from 'libbpf-addon'

/** Maps of bpf/flows/flows_maps.bpf.h that are there twice. */
const TABLES = ['peers', 'drops', 'frames'] as const

/**
 * What the programs count in tables. Each is there twice: one is filled while the other, which nobody
 * adds to any more, is emptied.
 */
export class FlowTables {
  readonly #pairs: readonly (readonly [BpfMap, BpfMap])[]
  readonly #filled: BpfMap
  readonly #key = Buffer.alloc(4)
  #which = 0

  /** @param object loaded */
  constructor(object: Pick<BpfObject, 'map'>) {
    this.#pairs = TABLES.map((name) => [object.map(`${name}_0`), object.map(`${name}_1`)] as const)
    this.#filled = object.map('filled')
  }

  /** Has the programs fill the other ones. Programs that run now may still add to these. */
  swap(): void {
    this.#which = 1 - this.#which
    const value = Buffer.alloc(4)
    value.writeUInt32LE(this.#which)
    this.#filled.update(this.#key, value)
  }

  /** Takes out all reports of those that were filled before the last swap. */
  takeRested(): Buffer[] {
    return this.#pairs.flatMap((pair) => taken(pair[1 - this.#which] as BpfMap))
  }
}

function taken(map: BpfMap): Buffer[] {
  return [...map.lookupAndDeleteBatch()].map(({ values, count }) =>
    values.subarray(0, count * map.valueSize),
  )
}
