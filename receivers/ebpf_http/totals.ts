import type { BpfMap, BpfObject, MapBatch } from 'libbpf-addon'

/** Rounds after which both maps are empty once nothing is sampled any more. */
const ROUNDS = 3

/** Where `struct settings` of bpf/http/http_conn.bpf.h says how much is sampled, and what is filled. */
const SAMPLING = 0
const FILLED = 4

/**
 * What the kernel programs count instead of handing it over. They fill one of two maps. The other has
 * rested since the round before, so that nobody adds to what is taken out of it.
 */
export class KernelTotals {
  readonly #settings: BpfMap
  readonly #maps: readonly BpfMap[]
  readonly #key = Buffer.alloc(4)
  #rounds = 0

  private constructor(settings: BpfMap, maps: readonly BpfMap[]) {
    this.#settings = settings
    this.#maps = maps
  }

  /** The totals of a loaded object; undefined where its programs keep none. */
  static of(object: Pick<BpfObject, 'maps' | 'map'>): KernelTotals | undefined {
    if (!object.maps.some(({ name }) => name === 'totals_0')) return undefined
    return new KernelTotals(object.map('settings'), [
      object.map('totals_0'),
      object.map('totals_1'),
    ])
  }

  /** Takes out what was counted in the round before, and begins a new one. Every other second or so. */
  take(): MapBatch[] {
    const settings = this.#settings.lookup(this.#key)
    if (!settings) return []
    if (settings.readUInt32LE(SAMPLING) > 0) this.#rounds = ROUNDS
    if (this.#rounds === 0) return []
    this.#rounds--
    const rested = 1 - settings.readUInt32LE(FILLED)
    const taken = this.#drain(rested)
    settings.writeUInt32LE(rested, FILLED)
    this.#settings.update(this.#key, settings)
    return taken
  }

  /** Takes out all that is there: for the end. */
  takeAll(): MapBatch[] {
    return [0, 1].flatMap((map) => this.#drain(map))
  }

  #drain(map: number): MapBatch[] {
    return [...(this.#maps[map] as BpfMap).lookupAndDeleteBatch()]
  }
}
