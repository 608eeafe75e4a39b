/** A line of a container's log as the kubelet's runtimes write it: time, stream, `F` or `P` for a part, text. */
const CRI = /^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([FP])(?::\S*)? /
const HEAD_BYTES = 80

/** A line of a container's log. */
export interface CriLine {
  /** False where the line goes on in the next one. */
  readonly isWhole: boolean
  readonly text: Buffer
}

/** Undefined for what is no such line. */
export function criLine(bytes: Buffer): CriLine | undefined {
  const first = bytes[0] as number
  if (!(first >= 0x30 && first <= 0x39)) return undefined
  const [head, flag] = CRI.exec(bytes.toString('latin1', 0, HEAD_BYTES)) ?? []
  if (head === undefined) return undefined
  return { isWhole: flag === 'F', text: bytes.subarray(head.length) }
}

/** Joins the parts that runtimes cut long lines into. */
export class CriJoiner {
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A whole line, `too_long` once for one that is longer than allowed, or undefined while parts are missing. */
  add({ isWhole, text }: CriLine): Buffer | 'too_long' | undefined {
    this.#length += text.length
    const isTooLong = this.#length > this.#maxBytes
    if (isTooLong) this.#parts = []
    else if (!isWhole) this.#parts.push(Buffer.from(text))
    if (!isWhole) return undefined
    const parts = this.#parts
    this.#parts = []
    this.#length = 0
    if (isTooLong) return 'too_long'
    return parts.length === 0 ? text : Buffer.concat([...parts, text])
  }
}
