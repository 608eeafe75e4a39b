import { expectBytes } from './arguments.js'
import { binding } from './binding.js'
import { check } from './errors.js'
import { Handle, native } from './handle.js'
import { BpfMap } from './map.js'

export class RingBuffer extends Handle {
  #size
  #name

  constructor(map) {
    if (!(map instanceof BpfMap)) throw new TypeError('map: expected a BpfMap')
    if (map.type !== 'ringbuf') {
      throw new TypeError(`map "${map.name}": expected a map of type ringbuf, received ${map.type}`)
    }
    const operation = `map the memory of ring buffer "${map.name}"`
    const nativeRing = check(binding.openRingBuffer(map.fd, map.maxEntries), operation)
    super(nativeRing, `ring buffer "${map.name}"`, map)
    this.#size = map.maxEntries
    this.#name = map.name
  }

  get size() {
    return this.#size
  }

  get oversized() {
    return this[native].oversized()
  }

  available() {
    return this[native].available()
  }

  drain(into, index) {
    expectBytes(into, 'into')
    if (!(index instanceof Uint32Array)) throw new TypeError('index: expected a Uint32Array')
    const records = this[native].drain(into, index)
    return records >= 0 ? records : check(records, `drain ring buffer "${this.#name}"`)
  }

  discard() {
    return check(this[native].discard(), `discard ring buffer "${this.#name}"`)
  }
}
