/** A parent that came with a request, as raw ids. */
export interface Parent {
  readonly traceId: Buffer
  readonly spanId: Buffer
  /** W3C trace flags. */
  flags: number
}

const DASH = 0x2d

/** A parent to be read into. */
export function emptyParent(): Parent {
  return { traceId: Buffer.alloc(16), spanId: Buffer.alloc(8), flags: 0 }
}

/**
 * Reads a `traceparent` value (W3C Trace Context section 3.2): `00-<32 hex>-<16 hex>-<2 hex>` in
 * lower case, ids not all zeros; a later version may have more behind a dash; `ff` is no version.
 * Returns false, with `into` spoilt, when it is anything else.
 */
export function readTraceparent(bytes: Buffer, start: number, end: number, into: Parent): boolean {
  const length = end - start
  if (length < 55) return false
  const version = hexByte(bytes, start)
  if (version < 0 || version === 0xff) return false
  if (length > 55 && (version === 0 || bytes[start + 55] !== DASH)) return false
  if (bytes[start + 2] !== DASH || bytes[start + 35] !== DASH || bytes[start + 52] !== DASH) {
    return false
  }
  const flags = hexByte(bytes, start + 53)
  if (flags < 0) return false
  into.flags = flags
  return readId(bytes, start + 3, into.traceId) && readId(bytes, start + 36, into.spanId)
}

function readId(bytes: Buffer, from: number, into: Buffer): boolean {
  let all = 0
  for (let i = 0; i < into.length; i++) {
    const byte = hexByte(bytes, from + i * 2)
    into[i] = byte
    all |= byte
  }
  return all > 0
}

/** The value of each byte as a lower-case hex digit; -1 where it is none. */
const DIGITS = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte)),
)

/** Two lower-case hex digits as a number, or a negative number. */
function hexByte(bytes: Buffer, at: number): number {
  const high = DIGITS[bytes[at] as number] as number
  const low = DIGITS[bytes[at + 1] as number] as number
  return (high << 4) | low
}
