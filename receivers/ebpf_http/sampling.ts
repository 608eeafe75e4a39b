import type { BpfObject } from 'libbpf-addon'
import type { Governed } from '../../src/component/limits.ts'

/** `settings` of bpf/http/http_conn.bpf.h: one entry, whose first 32 bits say 1 of 2^n is kept. */
const MAP = 'settings'

/**
 * What the governor can ask of the programs of a loaded object; undefined where they cannot sample.
 * @param readings how many exchanges were handed on so far, and what the programs cost
 */
export function kernelSampling(
  object: Pick<BpfObject, 'maps' | 'map'>,
  readings: Pick<Governed, 'items' | 'programCores'>,
): Governed | undefined {
  if (!object.maps.some(({ name }) => name === MAP)) return undefined
  const map = object.map(MAP)
  const key = Buffer.alloc(4)
  return {
    ...readings,
    setSampling: (shift) => {
      const settings = map.lookup(key) ?? Buffer.alloc(map.valueSize)
      settings.writeUInt32LE(shift)
      map.update(key, settings)
    },
  }
}
