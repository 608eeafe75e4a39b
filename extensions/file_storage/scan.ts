import type { FileHandle } from 'node:fs/promises'
import { HEADER_BYTES, MAGIC, readHeader, type RecordHeader } from './record.ts'
import { Window } from './window.ts'

/** A record and where it stands. */
export interface FoundRecord {
  readonly header: RecordHeader
  readonly offset: number
}

/** What is in a segment. */
export interface Scan {
  /** All readable records but those of a last batch that was not written to its end. */
  readonly records: readonly FoundRecord[]
  /** Where the readable part ends; what follows was being written when the process ended. */
  readonly end: number
  /** Stretches that are no records, or whose records cannot be read. */
  readonly damaged: number
}

/** Finds the records of a segment. Bodies are not looked at. Rejects when the file cannot be read. */
export async function scanSegment(file: FileHandle): Promise<Scan> {
  const { size } = await file.stat()
  const window = new Window(file, size)
  const records: FoundRecord[] = []
  let damaged = 0
  let at = 0
  while (at < size) {
    const header = readHeader(await window.from(at, HEADER_BYTES))
    const next = header ? at + HEADER_BYTES + header.bytes : Infinity
    if (header && next <= size) {
      records.push({ header, offset: at })
      at = next
      continue
    }
    const found = await nextRecord(window, at + 1)
    if (found === undefined) {
      if (header || (await isTorn(window, at))) return { ...whole(records, at), damaged }
      return { records, end: size, damaged: damaged + 1 }
    }
    damaged++
    at = found
  }
  return { ...whole(records, size), damaged }
}

/** Without the beginning of a batch whose end was not written: nobody was told that it is kept. */
function whole(records: FoundRecord[], end: number): { records: FoundRecord[]; end: number } {
  const last = records.findLastIndex(({ header }) => !header.more)
  const cut = records[last + 1]
  return { records: records.slice(0, last + 1), end: cut?.offset ?? end }
}

/** True when the file ends in a header that was not written to its end, or in room never written to. */
async function isTorn(window: Window, at: number): Promise<boolean> {
  if (window.size - at < HEADER_BYTES) {
    const rest = await window.from(at, HEADER_BYTES)
    const start = Math.min(rest.length, MAGIC.length)
    return rest.compare(MAGIC, 0, start, 0, start) === 0 || isZero(rest)
  }
  for (let from = at; from < window.size;) {
    const bytes = await window.from(from, HEADER_BYTES)
    if (!isZero(bytes)) return false
    from += bytes.length
  }
  return true
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Where the next readable header begins; undefined when there is none. */
async function nextRecord(window: Window, start: number): Promise<number | undefined> {
  let at = start
  while (window.size - at >= HEADER_BYTES) {
    const bytes = await window.from(at, HEADER_BYTES)
    const found = bytes.indexOf(MAGIC)
    if (found === -1) at += bytes.length - MAGIC.length + 1
    else if (bytes.length - found < HEADER_BYTES && at + bytes.length < window.size) at += found
    else {
      const header = readHeader(bytes.subarray(found))
      if (header && at + found + HEADER_BYTES + header.bytes <= window.size) return at + found
      at += found + 1
    }
  }
  return undefined
}
