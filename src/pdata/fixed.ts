const TWO_32 = 2 ** 32

/** An unsigned number of 4 bytes, lowest first. */
export function readFixed32(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  )
}

/** An unsigned number of 8 bytes, lowest first; beyond 2^53 it loses digits. */
export function readFixed64(bytes: Buffer, at: number): number {
  return readFixed32(bytes, at + 4) * TWO_32 + readFixed32(bytes, at)
}

/** An unsigned number of 8 bytes, lowest first, exactly. */
export function readFixed64Exactly(bytes: Buffer, at: number): bigint {
  return (BigInt(readFixed32(bytes, at + 4)) << 32n) | BigInt(readFixed32(bytes, at))
}

/** A signed number of 8 bytes: a number where that is exact, else a bigint. */
export function readSfixed64(bytes: Buffer, at: number): number | bigint {
  const low = readFixed32(bytes, at)
  const high = readFixed32(bytes, at + 4) | 0
  const value = high * TWO_32 + low
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low)
}

const scratch = new DataView(new ArrayBuffer(8))

/** A double of 8 bytes. */
export function readDouble(bytes: Buffer, at: number): number {
  scratch.setUint32(0, readFixed32(bytes, at), true)
  scratch.setUint32(4, readFixed32(bytes, at + 4), true)
  return scratch.getFloat64(0, true)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as lower-case hex digits. */
export function hexOf(bytes: Buffer, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += HEX[bytes[i] as number] as string
  return text
}

/** Bytes as text; what is no UTF-8 becomes U+FFFD. */
export function textOf(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, to)
}
