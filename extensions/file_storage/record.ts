import { crc32 } from 'node:zlib'

/*
 * A record: a header of 24 bytes, all numbers little-endian, and the body.
 *
 *   0  magic  "WGQ1"
 *   4  state  rewritten in place; in no checksum
 *   5  flags  bit 0: the next record is of the same batch
 *   6  0
 *   8  items
 *  12  bytes of the body
 *  16  CRC-32 of the body
 *  20  CRC-32 of bytes 5 to 19
 */

/** Bytes of a header. */
export const HEADER_BYTES = 24
/** What every record begins with. */
export const MAGIC = Buffer.from('WGQ1')
/** Where a record's state stands in it. */
export const STATE_AT = 4
/** What has happened to a record. */
export const STATE = { waiting: 0, dispatched: 1, done: 2 } as const

const FLAGS_AT = 5
const ITEMS_AT = 8
const BYTES_AT = 12
const BODY_CRC_AT = 16
const CRC_AT = 20
const MORE = 1

/** A record without its body. */
export interface RecordHeader {
  readonly state: number
  /** The next record is of the same batch. */
  readonly more: boolean
  readonly items: number
  readonly bytes: number
  readonly bodyCrc: number
}

/** The header of a new record. */
export function headerOf(body: Buffer, items: number, more: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header[FLAGS_AT] = more ? MORE : 0
  header.writeUInt32LE(items, ITEMS_AT)
  header.writeUInt32LE(body.length, BYTES_AT)
  header.writeUInt32LE(crc32(body), BODY_CRC_AT)
  header.writeUInt32LE(crcOf(header), CRC_AT)
  return header
}

/** The header that begins at `bytes[0]`; undefined when there is none, or a damaged one. */
export function readHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES || bytes.compare(MAGIC, 0, 4, 0, 4) !== 0) return undefined
  if (bytes.readUInt32LE(CRC_AT) !== crcOf(bytes)) return undefined
  return {
    state: bytes[STATE_AT] as number,
    more: ((bytes[FLAGS_AT] as number) & MORE) !== 0,
    items: bytes.readUInt32LE(ITEMS_AT),
    bytes: bytes.readUInt32LE(BYTES_AT),
    bodyCrc: bytes.readUInt32LE(BODY_CRC_AT),
  }
}

function crcOf(header: Buffer): number {
  return crc32(header.subarray(FLAGS_AT, CRC_AT))
}
