import { codedError } from './errors.js'

/** The native object of a handle. Reading it from a closed handle throws. */
export const native = Symbol('native')

/**
 * Something that must be closed, and what was made from it, which closes with it. The owner holds
 * what it owns: an attachment whose Link nobody keeps stays attached until its object closes.
 */
export class Handle {
  #native
  #label
  #leaveOwner
  #owned = new Set()

  /** @param {string} label how messages call it, as in 'map "events"' */
  constructor(nativeObject, label, owner) {
    this.#native = nativeObject
    this.#label = label
    owner?.#owned.add(this)
    this.#leaveOwner = () => owner?.#owned.delete(this)
  }

  get [native]() {
    if (this.#native === undefined) throw codedError('ERR_CLOSED', `${this.#label} is closed`)
    return this.#native
  }

  get closed() {
    return this.#native === undefined
  }

  close() {
    if (this.#native === undefined) return
    for (const owned of [...this.#owned].reverse()) owned.close()
    this.#native.close()
    this.#native = undefined
    this.#leaveOwner()
  }

  [Symbol.dispose]() {
    this.close()
  }
}
