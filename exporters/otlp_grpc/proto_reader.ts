/** One field of a protobuf message: its number and its value, an integer or the bytes of the rest. */
export interface Field {
  readonly number: number
  readonly value: number | Buffer
}

/**
 * Reads a message field by field. Integers above 2^53 lose digits, fixed-size fields come as their
 * bytes. Throws a RangeError when the message ends early or has a wire type of old (groups).
 */
export function* readFields(bytes: Buffer): Generator<Field> {
  let at = 0
  while (at < bytes.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    if (tag % 8 === 0) yield { number, value: varint() }
    else yield { number, value: slice(lengthOf(tag % 8)) }
  }

  function lengthOf(wireType: number): number {
    if (wireType === 2) return varint()
    if (wireType === 1) return 8
    if (wireType === 5) return 4
    throw new RangeError(`wire type ${wireType} not supported`)
  }

  function slice(length: number): Buffer {
    if (length > bytes.length - at) throw new RangeError('message ends early')
    at += length
    return bytes.subarray(at - length, at)
  }

  function varint(): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('message ends early')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw new RangeError('varint of more than ten bytes')
  }
}
