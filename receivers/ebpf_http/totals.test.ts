import type { BpfObject, MapBatch } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { KernelTotals } from './totals.ts'

/** The maps of an object: what was put into the one that is filled comes out again once. */
class FakeMaps {
  readonly settings = Buffer.alloc(8)
  readonly #held: MapBatch[][] = [[], []]

  set sampling(shift: number) {
    this.settings.writeUInt32LE(shift)
  }

  /** A program counts. */
  put(count: number): void {
    const batch = { keys: Buffer.alloc(0), values: Buffer.alloc(0), count }
    this.#held[this.settings.readUInt32LE(4)]!.push(batch)
  }

  object(names = ['settings', 'totals_0', 'totals_1']): Pick<BpfObject, 'maps' | 'map'> {
    const maps = names.map((name) => ({ name })) as unknown as BpfObject['maps']
    return { maps, map: ((name: string) => this.#map(name)) as unknown as BpfObject['map'] }
  }

  #map(name: string): object {
    if (name !== 'settings') {
      const place = Number(name.slice(-1))
      return { lookupAndDeleteBatch: () => this.#held[place]!.splice(0) }
    }
    return {
      lookup: () => Buffer.from(this.settings),
      update: (_: Buffer, value: Buffer) => void value.copy(this.settings),
    }
  }
}

const counts = (batches: readonly MapBatch[]): number[] => batches.map(({ count }) => count)

it('takes what was counted in the round before, when nobody adds to it any more', () => {
  const maps = new FakeMaps()
  const totals = KernelTotals.of(maps.object())!
  maps.sampling = 3
  maps.put(1)
  expect(counts(totals.take())).toEqual([])
  maps.put(2)
  maps.put(3)
  expect(counts(totals.take())).toEqual([1])
  expect(counts(totals.take())).toEqual([2, 3])
  expect(maps.settings.readUInt32LE()).toBe(3)
})

it('takes what is left when nothing is sampled any more, and then rests', () => {
  const maps = new FakeMaps()
  const totals = KernelTotals.of(maps.object())!
  maps.sampling = 3
  maps.put(1)
  totals.take()
  maps.put(2)
  maps.sampling = 0
  expect(counts(totals.take())).toEqual([1])
  expect(counts(totals.take())).toEqual([2])
  const { settings } = maps
  const before = settings.readUInt32LE(4)
  totals.take()
  expect(settings.readUInt32LE(4)).toBe(before)
})

it('takes all that is there at the end', () => {
  const maps = new FakeMaps()
  const totals = KernelTotals.of(maps.object())!
  maps.sampling = 1
  maps.put(1)
  totals.take()
  maps.put(2)
  expect(counts(totals.takeAll())).toEqual([1, 2])
})

it('is not there where the programs keep no totals', () => {
  expect(KernelTotals.of(new FakeMaps().object(['settings']))).toBeUndefined()
})
