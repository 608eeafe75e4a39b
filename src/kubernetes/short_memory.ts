import type { Clock } from '../helpers/clock.ts'

interface Kept<T> {
  readonly answer: Promise<T>
  /** Infinity while it is asked for. */
  endsAt: number
}

/** Answers that are kept for a short time, so many of them; the same question is asked once at a time. */
export class ShortMemory<T> {
  readonly #max: number
  readonly #clock: Clock
  /** In the order in which they were asked. */
  readonly #kept = new Map<string, Kept<T>>()

  constructor(max: number, clock: Clock) {
    this.#max = max
    this.#clock = clock
  }

  /** The answer that is kept, or a new one, which is kept for `keepMs`. A failure is not kept. */
  get(key: string, ask: () => Promise<T>, keepMs: (answer: T) => number): Promise<T> {
    const known = this.#kept.get(key)
    if (known && this.#clock.now() < known.endsAt) return known.answer
    const kept: Kept<T> = { answer: ask(), endsAt: Infinity }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    this.#makeRoom()
    kept.answer.then(
      (answer) => void (kept.endsAt = this.#clock.now() + keepMs(answer)),
      () => this.#forget(key, kept),
    )
    return kept.answer
  }

  #forget(key: string, kept: Kept<T>): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }

  #makeRoom(): void {
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#max && oldest !== undefined) this.#kept.delete(oldest)
  }
}
