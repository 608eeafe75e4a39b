/** Names that are told apart; the kernel has some hundred reasons. */
const LIMIT = 1024

/** Numbers for names that come again and again: transports, reasons, questions. 0 is the empty name. */
export class Names {
  readonly #ids = new Map<string, number>([['', 0]])
  readonly #names = ['']
  readonly #limit: number
  /** Numbers of names that are no longer kept. */
  readonly #free: number[] = []

  constructor(limit: number = LIMIT) {
    this.#limit = limit
  }

  /** Whether there is a number for it already. */
  has(name: string): boolean {
    return this.#ids.has(name)
  }

  /** The number of a name; the first one for those that are too many. */
  idOf(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    if (this.#ids.size >= this.#limit) return 0
    const id = this.#free.pop() ?? this.#names.length
    this.#ids.set(name, id)
    this.#names[id] = name
    return id
  }

  /** Keeps the names with these numbers; the others' numbers may become those of other names. */
  retain(ids: ReadonlySet<number>): void {
    for (const [name, id] of this.#ids) {
      if (id === 0 || ids.has(id)) continue
      this.#ids.delete(name)
      this.#free.push(id)
    }
  }

  /** The name of a number. */
  nameOf(id: number): string {
    return this.#names[id] as string
  }
}
