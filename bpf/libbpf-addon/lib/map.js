import { expectInteger, expectOneOf, expectSize } from './arguments.js'
import { binding } from './binding.js'
import { check } from './errors.js'
import { Handle, native } from './handle.js'

const updateModes = ['any', 'create', 'exist']
const ENOENT = 2
const ENOSPC = 28
/** EINVAL, EOPNOTSUPP, ENOTSUPP: this kernel has no batches, or not for this type of map. */
const noBatches = new Set([22, 95, 524])

export class BpfMap extends Handle {
  #described

  constructor(nativeMap, owner) {
    const described = nativeMap.describe()
    super(nativeMap, `map "${described.name}"`, owner)
    this.#described = described
  }

  static fromFd(fd) {
    expectInteger(fd, 'fd', 0, 2 ** 31 - 1)
    return new BpfMap(check(binding.mapFromFd(fd), `open map from fd ${fd}`))
  }

  get name() {
    return this.#described.name
  }

  get type() {
    return this.#described.type
  }

  get keySize() {
    return this.#described.keySize
  }

  get valueSize() {
    return this.#described.valueSize
  }

  get maxEntries() {
    return this.#described.maxEntries
  }

  get fd() {
    void this[native]
    return this.#described.fd
  }

  lookup(key, into = Buffer.allocUnsafe(this.valueSize)) {
    expectSize(key, 'key', this.keySize)
    expectSize(into, 'into', this.valueSize)
    const status = this[native].lookup(key, into)
    if (status === -ENOENT) return undefined
    check(status, `look up in map "${this.name}"`)
    return into
  }

  update(key, value, mode = 'any') {
    expectSize(key, 'key', this.keySize)
    expectSize(value, 'value', this.valueSize)
    expectOneOf(mode, 'mode', updateModes)
    const status = this[native].update(key, value, updateModes.indexOf(mode))
    check(status, `update map "${this.name}" (mode ${mode})`)
  }

  delete(key) {
    expectSize(key, 'key', this.keySize)
    const status = this[native].delete(key)
    if (status === -ENOENT) return false
    check(status, `delete from map "${this.name}"`)
    return true
  }

  *keys() {
    let last
    for (;;) {
      const key = Buffer.allocUnsafe(this.keySize)
      const status = this[native].nextKey(last, key)
      if (status === -ENOENT) return
      check(status, `walk the keys of map "${this.name}"`)
      yield key
      // The caller may write into what it was given.
      last = Buffer.from(key)
    }
  }

  lookupBatch(maxItems = 1024) {
    expectInteger(maxItems, 'maxItems', 1, 2 ** 24)
    return this.#batches(maxItems, false)
  }

  lookupAndDeleteBatch(maxItems = 1024) {
    expectInteger(maxItems, 'maxItems', 1, 2 ** 24)
    return this.#batches(maxItems, true)
  }

  *#batches(maxItems, remove) {
    const operation = `${remove ? 'look up and delete' : 'look up'} a batch of map "${this.name}"`
    // The kernel's cursor is a key or a 32-bit bucket number.
    const cursor = Buffer.alloc(Math.max(this.keySize, 8))
    let started = false
    let room = maxItems
    for (;;) {
      const keys = Buffer.allocUnsafe(room * this.keySize)
      const values = Buffer.allocUnsafe(room * this.valueSize)
      const { status, count } = this[native].batch(
        started ? cursor : undefined,
        cursor,
        keys,
        values,
        room,
        remove,
      )
      if (!started && noBatches.has(-status)) {
        yield* this.#oneByOne(maxItems, remove)
        return
      }
      // A bucket with more entries than fit.
      if (status === -ENOSPC && room < this.maxEntries) {
        room = Math.min(room * 2, this.maxEntries)
        continue
      }
      if (status !== -ENOENT) check(status, operation)
      if (count > 0) yield batchOf(this, keys, values, count)
      if (status === -ENOENT) return
      started = true
    }
  }

  *#oneByOne(maxItems, remove) {
    let keys = []
    let values = []
    // Keys first: deleting the key one stands on starts the walk again.
    const present = [...this.keys()]
    for (const key of present) {
      const value = this.lookup(key)
      if (value === undefined) continue
      if (remove) this.delete(key)
      keys.push(key)
      values.push(value)
      if (keys.length < maxItems) continue
      yield { keys: Buffer.concat(keys), values: Buffer.concat(values), count: keys.length }
      keys = []
      values = []
    }
    if (keys.length > 0) {
      yield { keys: Buffer.concat(keys), values: Buffer.concat(values), count: keys.length }
    }
  }
}

function batchOf(map, keys, values, count) {
  return {
    keys: keys.subarray(0, count * map.keySize),
    values: values.subarray(0, count * map.valueSize),
    count,
  }
}
