const SPACE = 0x20
const CR = 0x0d
const LF = 0x0a
const COLON = 0x3a

/** What an HTTP span needs of a request's head, as places in the bytes: nothing is copied. */
export interface HttpHead {
  methodStart: number
  methodEnd: number
  /** The target's path, without query or fragment; empty for `CONNECT`. */
  pathStart: number
  pathEnd: number
  /** The Host header's value, trimmed; empty where there is none. */
  hostStart: number
  hostEnd: number
  /** Value of the first `traceparent` header; empty where there is none. */
  traceStart: number
  traceEnd: number
  /** True when the method, path and host are ASCII, so that their bytes are UTF-8. */
  ascii: boolean
}

/** A head with nothing in it. */
export function emptyHead(): HttpHead {
  return {
    methodStart: 0,
    methodEnd: 0,
    pathStart: 0,
    pathEnd: 0,
    hostStart: 0,
    hostEnd: 0,
    traceStart: 0,
    traceEnd: 0,
    ascii: true,
  }
}

/**
 * Reads the head that stands from `start` up to `end`; it may be cut off anywhere. Request lines are
 * those of RFC 9112 section 3; targets may be in origin, absolute, authority or asterisk form.
 */
export function readHead(bytes: Buffer, start: number, end: number, head: HttpHead): void {
  const lineEnd = findByte(bytes, LF, start, end)
  head.hostStart = head.hostEnd = head.traceStart = head.traceEnd = 0
  readRequestLine(bytes, start, lineEnd, head)
  let line = lineEnd + 1
  while (line < end) {
    const first = (bytes[line] as number) | 0x20
    const stop = findByte(bytes, LF, line, end)
    if (first === 0x68 /* h */) readHost(bytes, line, stop, head)
    else if (first === 0x74 /* t */) readTraceparent(bytes, line, stop, head)
    line = stop + 1
  }
  head.ascii =
    isAscii(bytes, head.methodStart, head.pathEnd) && isAscii(bytes, head.hostStart, head.hostEnd)
}

function findByte(bytes: Buffer, byte: number, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== byte) at++
  return at
}

function isAscii(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if ((bytes[at] as number) > 0x7f) return false
  return true
}

function readRequestLine(bytes: Buffer, start: number, end: number, head: HttpHead): void {
  head.methodStart = start
  head.methodEnd = findByte(bytes, SPACE, start, end)
  const target = Math.min(head.methodEnd + 1, end)
  const targetEnd = findByte(bytes, SPACE, target, end)
  head.pathStart = startsWithSlashOrStar(bytes, target) ? target : pathOf(bytes, target, targetEnd)
  let at = head.pathStart
  while (at < targetEnd && bytes[at] !== 0x3f /* ? */ && bytes[at] !== 0x23 /* # */) at++
  if (at > head.pathStart && bytes[at - 1] === CR) at--
  head.pathEnd = at
}

function startsWithSlashOrStar(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x2f || bytes[at] === 0x2a
}

/** Where the path begins in absolute form (`http://host/path`); `end` in authority form. */
function pathOf(bytes: Buffer, target: number, end: number): number {
  const scheme = findByte(bytes, COLON, target, end)
  if (bytes[scheme + 1] !== 0x2f || bytes[scheme + 2] !== 0x2f) return end
  return findByte(bytes, 0x2f, scheme + 3, end)
}

/** `host:` and `traceparent:` in lower case, as header names compare. */
const HOST = Buffer.from('host:')
const TRACEPARENT = Buffer.from('traceparent:')

function hasName(bytes: Buffer, line: number, end: number, name: Buffer): boolean {
  if (end - line < name.length) return false
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[line + i] as number
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== name[i]) return false
  }
  return true
}

function readHost(bytes: Buffer, line: number, end: number, head: HttpHead): void {
  if (head.hostEnd !== 0 || !hasName(bytes, line, end, HOST)) return
  head.hostStart = skipBlanks(bytes, line + HOST.length, end)
  head.hostEnd = trimEnd(bytes, head.hostStart, end)
}

function readTraceparent(bytes: Buffer, line: number, end: number, head: HttpHead): void {
  if (head.traceEnd !== 0 || !hasName(bytes, line, end, TRACEPARENT)) return
  head.traceStart = skipBlanks(bytes, line + TRACEPARENT.length, end)
  head.traceEnd = trimEnd(bytes, head.traceStart, end)
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x09 || byte === CR
}

function skipBlanks(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(bytes[at])) at++
  return at
}

function trimEnd(bytes: Buffer, from: number, end: number): number {
  let at = end
  while (at > from && isBlank(bytes[at - 1])) at--
  return at
}
