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
  into.flags = hexByte(bytes, start + 53)
  if (into.flags < 0) return false
  return readId(bytes, start + 3, into.traceId) && readId(bytes, start + 36, into.spanId)
}

function readId(bytes: Buffer, from: number, into: Buffer): boolean {
  let any = 0
  for (let i = 0; i < into.length; i++) {
    const byte = hexByte(bytes, from + i * 2)
    if (byte < 0) return false
    into[i] = byte
    any |= byte
  }
  return any !== 0
}

/** Two lower-case hex digits as a number, or a negative number. */
function hexByte(bytes: Buffer, at: number): number {
  const high = hexDigit(bytes[at] as number)
  const low = hexDigit(bytes[at + 1] as number)
  return high < 0 || low < 0 ? -1 : (high << 4) | low
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57
  return -1
}
