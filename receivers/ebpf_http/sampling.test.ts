import type { BpfObject } from 'libbpf-addon'
import { expect, it } from 'vitest'
import { kernelSampling } from './sampling.ts'

/** An object with a map of that name, and what was written to it. */
function objectWith(name: string): { object: BpfObject; written: string[] } {
  const written: string[] = []
  const update = (key: Buffer, value: Buffer): void => {
    written.push(`${key.toString('hex')}=${value.toString('hex')}`)
  }
  const lookup = (): Buffer => Buffer.from([9, 9, 9, 9, 7, 7, 7, 7])
  const map = { valueSize: 8, update, lookup }
  const object = { maps: [{ name }], map: () => map } as unknown as BpfObject
  return { object, written }
}

it('writes the shift where the programs read it, and leaves what stands beside it', () => {
  const { object, written } = objectWith('settings')
  const governed = kernelSampling(object, { items: () => 42 })!
  governed.setSampling(3)
  governed.setSampling(0)
  expect(written).toEqual(['00000000=0300000007070707', '00000000=0000000007070707'])
  expect(governed.items()).toBe(42)
})

it('offers nothing where the programs cannot sample', () => {
  expect(kernelSampling(objectWith('counters').object, { items: () => 0 })).toBeUndefined()
})
