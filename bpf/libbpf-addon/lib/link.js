import { expectInteger } from './arguments.js'
import { check } from './errors.js'
import { Handle, native } from './handle.js'

export class Link extends Handle {
  #kind

  constructor(nativeLink, label, kind, owner) {
    super(nativeLink, label, owner)
    this.#kind = kind
  }

  get kind() {
    return this.#kind
  }
}

export class InterfaceLink extends Link {
  get attached() {
    return this[native].attached()
  }
}

export class IteratorLink extends Link {
  #label
  #beside

  constructor(nativeLink, label, owner, beside) {
    super(nativeLink, label, 'iterator', owner)
    this.#label = label
    this.#beside = beside
  }

  read(chunkBytes = 64 * 1024) {
    expectInteger(chunkBytes, 'chunkBytes', 1, 2 ** 30)
    return check(this.#read(chunkBytes), `read ${this.#label}`)
  }

  #read(chunkBytes) {
    const link = this[native]
    if (this.#beside === undefined) return link.read(chunkBytes)
    const { map, recordBytes, markBytes } = this.#beside
    return link.read(0, map.fd, map.valueSize, recordBytes, markBytes)
  }
}
