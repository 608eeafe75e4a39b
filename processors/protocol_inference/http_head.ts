const SPACE = 0x20
const LF = 0x0a
const COLON = 0x3a
const SLASH = 0x2f

/** What an HTTP span needs of a request's head, as places in the bytes: nothing is copied. */
export interface HttpHead {
  /** The method; empty where no blank follows it. */
  methodStart: number
  methodEnd: number
  /** The target's path, without query or fragment; empty where the target has none. */
  pathStart: number
  pathEnd: number
  /** The Host header's value, trimmed; empty where there is none, or not the whole of it. */
  hostStart: number
  hostEnd: number
  /** Value of the first `traceparent` header; empty where there is none, or not the whole of it. */
  traceStart: number
  traceEnd: number
  /** True when the path is ASCII, so that its bytes are UTF-8. */
  asciiPath: boolean
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
    asciiPath: true,
  }
}

/**
 * Reads the head that stands from `start` up to `end`; it may be cut off anywhere. Request lines are
 * those of RFC 9112 section 3; targets may be in origin, absolute, authority or asterisk form.
 */
export function readHead(bytes: Buffer, start: number, end: number, head: HttpHead): void {
  readRequestLine(bytes, start, end, head)
  let line = findByte(bytes, LF, head.pathEnd, end) + 1
  while (line < end) {
    const stop = findByte(bytes, LF, line, end)
    if (stop === end) return
    const first = (bytes[line] as number) | 0x20
    if (first === 0x68 /* h */) readHost(bytes, line, stop, head)
    else if (first === 0x74 /* t */) readTraceparent(bytes, line, stop, head)
    if (head.hostEnd !== 0 && head.traceEnd !== 0) return
    line = stop + 1
  }
}

/** Reads the head's first line alone: method and path. */
export function readRequestLine(bytes: Buffer, start: number, end: number, head: HttpHead): void {
  head.hostStart = head.hostEnd = head.traceStart = head.traceEnd = 0
  const target = readMethod(bytes, start, end, head)
  readTarget(bytes, target, end, head)
}

/** Reads the Host header alone, of a head that ends at `end` and whose first line has been read. */
export function readHostLine(bytes: Buffer, end: number, head: HttpHead): void {
  let line = findByte(bytes, LF, head.pathEnd, end) + 1
  while (line < end && head.hostEnd === 0) {
    const stop = findByte(bytes, LF, line, end)
    if (stop === end) return
    if (((bytes[line] as number) | 0x20) === 0x68 /* h */) readHost(bytes, line, stop, head)
    line = stop + 1
  }
}

function findByte(bytes: Buffer, byte: number, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== byte) at++
  return at
}

/** True for what may stand in a method or a path: no blank, no control, no query, no fragment. */
function isWord(byte: number): boolean {
  return byte > SPACE && byte !== 0x3f /* ? */ && byte !== 0x23 /* # */
}

/** Returns where the target begins; nothing stands there where no blank follows the method. */
function readMethod(bytes: Buffer, start: number, end: number, head: HttpHead): number {
  let at = start
  while (at < end && isWord(bytes[at] as number)) at++
  const whole = at < end && bytes[at] === SPACE
  head.methodStart = start
  head.methodEnd = whole ? at : start
  return whole ? at + 1 : at
}

function readTarget(bytes: Buffer, start: number, end: number, head: HttpHead): void {
  let bits = 0
  let at = start
  for (; at < end; at++) {
    const byte = bytes[at] as number
    if (!isWord(byte)) break
    bits |= byte
  }
  head.asciiPath = bits < 0x80
  head.pathEnd = at
  head.pathStart = startsWithPath(bytes, start) ? start : pathOf(bytes, start, at)
}

/** True in origin and asterisk form. */
function startsWithPath(bytes: Buffer, target: number): boolean {
  return bytes[target] === SLASH || bytes[target] === 0x2a /* * */
}

/** Where the path begins in absolute form (`http://host/path`); `end` in authority form. */
function pathOf(bytes: Buffer, target: number, end: number): number {
  const scheme = findByte(bytes, COLON, target, end)
  if (scheme + 2 >= end || bytes[scheme + 1] !== SLASH || bytes[scheme + 2] !== SLASH) return end
  return findByte(bytes, SLASH, scheme + 3, end)
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

/** Takes the line from `line` up to `end` if it is the first Host. */
export function readHost(bytes: Buffer, line: number, end: number, head: HttpHead): void {
  if (head.hostEnd !== 0 || !hasName(bytes, line, end, HOST)) return
  head.hostStart = skipBlanks(bytes, line + HOST.length, end)
  head.hostEnd = trimEnd(bytes, head.hostStart, end)
}

/** Takes the line from `line` up to `end` if it is the first `traceparent`. */
export function readTraceparent(bytes: Buffer, line: number, end: number, head: HttpHead): void {
  if (head.traceEnd !== 0 || !hasName(bytes, line, end, TRACEPARENT)) return
  head.traceStart = skipBlanks(bytes, line + TRACEPARENT.length, end)
  head.traceEnd = trimEnd(bytes, head.traceStart, end)
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0d /* CR */
}

/** Where the blanks that begin at `from` end. */
export function skipBlanks(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(bytes[at])) at++
  return at
}

/** Where the blanks that end at `end` begin. */
export function trimEnd(bytes: Buffer, from: number, end: number): number {
  let at = end
  while (at > from && isBlank(bytes[at - 1])) at--
  return at
}
