import type { ProtoReader } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'

/** What becomes of a message that goes. */
const GONE = null

/** The messages of a repeated field: each stays, goes, or has others bytes. */
export class ListDraft {
  changed = false
  #bytes: Buffer = Buffer.alloc(0)
  /** Where each begins and ends. */
  readonly #places: number[] = []
  readonly #others: (Buffer | typeof GONE | undefined)[] = []

  /** Begins with the messages of a field, none of which are known yet. */
  over(bytes: Buffer): void {
    this.#bytes = bytes
    this.#places.length = 0
    this.#others.length = 0
    this.changed = false
  }

  /** Adds the message that a reader stands at. */
  add({ from, to }: ProtoReader): void {
    this.#places.push(from, to)
    this.#others.push(undefined)
  }

  /** How many there were. */
  get length(): number {
    return this.#others.length
  }

  /** How many are left. */
  get left(): number {
    return this.#others.reduce((sum, other) => sum + (other === GONE ? 0 : 1), 0)
  }

  /** Where message `i` stands now: bytes, begin and end; undefined where it is gone. */
  at(i: number): readonly [bytes: Buffer, from: number, to: number] | undefined {
    const other = this.#others[i]
    if (other === GONE) return undefined
    if (other) return [other, 0, other.length]
    return [this.#bytes, this.#places[2 * i] as number, this.#places[2 * i + 1] as number]
  }

  /** Puts other bytes in the place of message `i`. */
  replace(i: number, message: Buffer): void {
    this.#others[i] = message
    this.changed = true
  }

  /** Takes message `i` out. */
  drop(i: number): void {
    this.#others[i] = GONE
    this.changed = true
  }

  /** Writes all that are left in field `field`. */
  encode(field: number, out: ProtoWriter): void {
    for (let i = this.#others.length - 1; i >= 0; i--) {
      const place = this.at(i)
      if (!place) continue
      const mark = out.mark()
      out.rawSlice(place[0], place[1], place[2] - place[1])
      out.message(field, mark)
    }
  }
}
