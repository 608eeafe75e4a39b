/**
 * A bound on the bytes of all requests that are being read or wait for an answer. Each request adds
 * what comes in, and gives all back at its end. A request that is alone may have any size.
 */
export class PendingBytes {
  readonly #max: number
  #total = 0

  /** @param max in bytes */
  constructor(max: number) {
    this.#max = max
  }

  /** Bytes that are held now. */
  get total(): number {
    return this.#total
  }

  /** The share of one request. */
  share(): PendingShare {
    let held = 0
    return {
      add: (bytes) => {
        if (this.#total + bytes > this.#max && this.#total > held) return false
        held += bytes
        this.#total += bytes
        return true
      },
      release: () => {
        this.#total -= held
        held = 0
      },
    }
  }
}

/** What one request holds. */
export interface PendingShare {
  /** False when there is no room; nothing is added then. */
  add(bytes: number): boolean
  /** Gives all back. May be repeated. */
  release(): void
}
