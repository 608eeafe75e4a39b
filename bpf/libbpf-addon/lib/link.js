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

  constructor(nativeLink, label, owner) {
    super(nativeLink, label, 'iterator', owner)
    this.#label = label
  }

  read(chunkBytes = 64 * 1024) {
    expectInteger(chunkBytes, 'chunkBytes', 1, 2 ** 30)
    return check(this[native].read(chunkBytes), `read ${this.#label}`)
  }
}
