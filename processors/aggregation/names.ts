/** Names that are told apart; the kernel has some hundred reasons. */
const LIMIT = 1024

/** Numbers for names that come again and again: transports, reasons. 0 is the empty name. */
export class Names {
  readonly #ids = new Map<string, number>([['', 0]])
  readonly #names = ['']

  /** The number of a name; the first one for those that are too many. */
  idOf(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    if (this.#names.length === LIMIT) return 0
    this.#ids.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  /** The name of a number. */
  nameOf(id: number): string {
    return this.#names[id] as string
  }
}
