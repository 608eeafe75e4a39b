/**
 * Something that is replaced while others use it, such as a connection whose certificates changed:
 * who began with the old one ends with it, and then it is closed.
 */
export class Renewable<T> {
  readonly #close: (value: T) => void
  #current: { readonly value: T; users: number }

  constructor(first: T, close: (value: T) => void) {
    this.#close = close
    this.#current = { value: first, users: 0 }
  }

  /** Lets `work` use the present one until it has resolved. */
  async use<R>(work: (value: T) => Promise<R>): Promise<R> {
    const used = this.#current
    used.users++
    try {
      return await work(used.value)
    } finally {
      used.users--
      if (used.users === 0 && used !== this.#current) this.#close(used.value)
    }
  }

  /** Replaces the present one. */
  renew(next: T): void {
    const old = this.#current
    this.#current = { value: next, users: 0 }
    if (old.users === 0) this.#close(old.value)
  }

  /** Closes the present one, used or not. */
  close(): void {
    this.#close(this.#current.value)
  }
}
