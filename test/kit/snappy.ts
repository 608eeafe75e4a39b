/** Reads Snappy's block format; throws with the place where the input is wrong. */
export function snappyUncompress(input: Buffer): Buffer {
  let at = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]
    if (byte === undefined) throw new Error('snappy: the length is cut off')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  const out = Buffer.alloc(length)
  let end = 0
  while (at < input.length) {
    const tag = input[at++] as number
    if ((tag & 3) === 0) {
      let size = tag >>> 2
      if (size >= 60) {
        const bytes = size - 59
        size = input.readUIntLE(at, bytes)
        at += bytes
      }
      end += input.copy(out, end, at, at + size + 1)
      at += size + 1
      continue
    }
    const [size, offset, bytes] = copyOf(input, tag, at)
    at += bytes
    if (offset === 0 || offset > end) throw new Error(`snappy: a copy from before 0 at ${at}`)
    for (let i = 0; i < size; i++, end++) out[end] = out[end - offset] as number
  }
  if (end !== length) throw new Error(`snappy: ${end} bytes instead of ${length}`)
  return out
}

/** Length, distance, and the bytes that say so behind the tag. */
function copyOf(input: Buffer, tag: number, at: number): [number, number, number] {
  switch (tag & 3) {
    case 1:
      return [((tag >>> 2) & 7) + 4, ((tag >>> 5) << 8) | input.readUInt8(at), 1]
    case 2:
      return [(tag >>> 2) + 1, input.readUInt16LE(at), 2]
    default:
      return [(tag >>> 2) + 1, input.readUInt32LE(at), 4]
  }
}
