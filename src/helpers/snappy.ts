/*
 * Snappy's block format: https://github.com/google/snappy/blob/main/format_description.txt
 * A length in a varint, then literals (bytes as they are) and copies of what came before.
 */

/** Copies reach back over one block only, so that a hash table of 16-bit places does. */
const BLOCK = 1 << 16
const HASH_BITS = 14
/** So near the end no copy begins: four bytes are compared at once. */
const MARGIN = 15
/** The longest copy of one element. */
const LONGEST_COPY = 64

const table = new Uint16Array(1 << HASH_BITS)

/** The most bytes that `length` bytes may become. */
function boundOf(length: number): number {
  return 32 + length + Math.ceil(length / 6)
}

/** Compresses in the block format. Fast rather than small, as the format is. */
export function snappyCompress(input: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(boundOf(input.length))
  let at = writeVarint(out, input.length)
  for (let from = 0; from < input.length; from += BLOCK) {
    at = compressBlock(input, from, Math.min(from + BLOCK, input.length), out, at)
  }
  return out.subarray(0, at)
}

function writeVarint(out: Buffer, value: number): number {
  let at = 0
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80
  out[at++] = rest
  return at
}

/** Four bytes as one number, to compare and to hash. */
function wordAt(input: Uint8Array, at: number): number {
  return (
    (input[at] as number) |
    ((input[at + 1] as number) << 8) |
    ((input[at + 2] as number) << 16) |
    ((input[at + 3] as number) << 24)
  )
}

function hashOf(word: number): number {
  return Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS)
}

/** Compresses one block; returns where the output ends. */
function compressBlock(
  input: Uint8Array,
  from: number,
  to: number,
  out: Buffer,
  start: number,
): number {
  table.fill(0)
  const limit = to - MARGIN
  let at = start
  let written = from
  let here = from + 1
  // Where nothing repeats, steps become longer.
  let skip = 32
  while (here < limit) {
    const word = wordAt(input, here)
    const slot = hashOf(word)
    const before = from + (table[slot] as number)
    table[slot] = here - from
    if (before >= here || wordAt(input, before) !== word) {
      here += skip++ >>> 5
      continue
    }
    at = writeLiteral(input, written, here, out, at)
    const end = matchEnd(input, before + 4, here + 4, to)
    at = writeCopy(out, at, here - before, end - here)
    if (end - 1 < limit) table[hashOf(wordAt(input, end - 1))] = end - 1 - from
    written = here = end
    skip = 32
  }
  return writeLiteral(input, written, to, out, at)
}

/** Where what stands at `here` ends to be the same as what stands at `before`. */
function matchEnd(input: Uint8Array, before: number, here: number, to: number): number {
  let at = here
  for (let other = before; at < to && input[at] === input[other]; other++) at++
  return at
}

function writeLiteral(
  input: Uint8Array,
  from: number,
  to: number,
  out: Buffer,
  start: number,
): number {
  const length = to - from
  if (length === 0) return start
  let at = writeLiteralTag(out, start, length - 1)
  if (length > 32) {
    out.set(input.subarray(from, to), at)
    return at + length
  }
  for (let i = from; i < to; i++) out[at++] = input[i] as number
  return at
}

/** @param least the length without one, as the format has it */
function writeLiteralTag(out: Buffer, start: number, least: number): number {
  let at = start
  if (least < 60) {
    out[at++] = least << 2
    return at
  }
  out[at++] = (least < 0x100 ? 60 : 61) << 2
  out[at++] = least & 0xff
  if (least >= 0x100) out[at++] = least >>> 8
  return at
}

function writeCopy(out: Buffer, start: number, offset: number, length: number): number {
  let at = start
  let left = length
  while (left > LONGEST_COPY) {
    // What is left for the last element may not be too short for it.
    const part = left < LONGEST_COPY + 4 ? LONGEST_COPY - 4 : LONGEST_COPY
    at = writeLongCopy(out, at, offset, part)
    left -= part
  }
  if (left < 4 || left > 11 || offset >= 2048) return writeLongCopy(out, at, offset, left)
  out[at++] = ((offset >>> 8) << 5) | ((left - 4) << 2) | 1
  out[at++] = offset & 0xff
  return at
}

function writeLongCopy(out: Buffer, start: number, offset: number, length: number): number {
  out[start] = ((length - 1) << 2) | 2
  out[start + 1] = offset & 0xff
  out[start + 2] = offset >>> 8
  return start + 3
}
