import type { BpfObject } from 'libbpf-addon'

/** `excluded` of bpf/http and bpf/sockets: processes whose new connections are not followed. */
const MAP = 'excluded'
const YES = Buffer.from([1])

/**
 * Tells the programs of a loaded object that a process is left out, or no longer. It only saves work:
 * a map that is full, or programs without one, leave out later what is to be left out.
 */
export function tellExcluded(
  object: Pick<BpfObject, 'maps' | 'map'>,
  pid: number,
  excluded: boolean,
): void {
  if (!object.maps.some(({ name }) => name === MAP)) return
  const key = Buffer.alloc(4)
  key.writeUInt32LE(pid)
  try {
    if (excluded) object.map(MAP).update(key, YES)
    else object.map(MAP).delete(key)
  } catch {
    // Full, or gone already.
  }
}
