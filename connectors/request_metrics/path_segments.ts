import { fileExtension } from './file_extensions.ts'
import { DIGIT, FOREIGN, isValue, SEGMENT, WEIGHTS } from './segment_kind.ts'

/** Segments that a route has at most. */
export const MAX_SEGMENTS = 16

const SLASH = 0x2f
const DOT = 0x2e
const AT = 0x40

/**
 * A path, taken apart where it stands: `read` notes where its segments begin and end, their hashes,
 * and what they look like. One object serves all paths. Empty segments are left out, so that
 * `//users/` is `/users`.
 */
export class PathSegments {
  bytes: Buffer = Buffer.alloc(0)
  count = 0
  /** True when there are more than `MAX_SEGMENTS`. */
  tooMany = false
  readonly starts = new Int32Array(MAX_SEGMENTS)
  readonly ends = new Int32Array(MAX_SEGMENTS)
  readonly hashes = new Int32Array(MAX_SEGMENTS)
  /** One of `SEGMENT` each. */
  readonly kinds = new Uint8Array(MAX_SEGMENTS)

  /** Reads the path that stands from `start` up to `end`. */
  read(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.count = 0
    this.tooMany = false
    let at = start
    while (at < end) {
      if (bytes[at] === SLASH) at++
      else if (this.count === MAX_SEGMENTS) {
        this.tooMany = true
        return
      } else at = this.#segment(bytes, at, end)
    }
  }

  /** Reads the segment that begins at `start`; returns where it ends. */
  #segment(bytes: Buffer, start: number, end: number): number {
    let hash = 0
    let sums = 0
    let foreign = 0
    let run = 0
    let longest = 0
    let dot = -1
    // A leading "@" marks a name, as in "/@user" or "/@scope/package"; elsewhere it makes an address.
    let at = bytes[start] === AT ? start + 1 : start
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === SLASH) break
      hash = (Math.imul(hash, 31) + byte) | 0
      const weight = WEIGHTS[byte] as number
      foreign |= weight
      sums += weight & ~FOREIGN
      run = weight === DIGIT ? run + 1 : 0
      if (run > longest) longest = run
      if (byte === DOT) dot = at
    }
    const n = this.count++
    this.starts[n] = start
    this.ends[n] = at
    this.hashes[n] = hash
    const isFile = dot > start && at === end && fileExtension(bytes, dot + 1, at) !== undefined
    const value = foreign < 0 || isValue(at - start, sums, longest)
    this.kinds[n] = isFile ? SEGMENT.file : value ? SEGMENT.value : SEGMENT.word
    return at
  }

  /** The bytes of segment `n` as characters of Latin-1. */
  text(n: number): string {
    return this.bytes.toString('latin1', this.starts[n], this.ends[n])
  }

  /** True when segment `n` has the bytes of `text`, a text of Latin-1. */
  is(n: number, text: string): boolean {
    const start = this.starts[n] as number
    const { length } = text
    if ((this.ends[n] as number) - start !== length) return false
    for (let i = 0; i < length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false
    return true
  }
}
