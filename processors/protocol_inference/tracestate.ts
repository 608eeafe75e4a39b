import { HeaderSearch } from './header_search.ts'

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const COMMA = 0x2c
const EQUALS = 0x3d
const AT = 0x40
const SEMICOLON = 0x3b

/*
 * W3C Trace Context, section 3.3.1: a list of at most 32 members, `key=value` or
 * `tenant@system=value`. Level 2 lets keys begin with a digit.
 */
const MAX_MEMBERS = 32
const LONGEST = { key: 256, tenant: 241, system: 14, value: 256 } as const

const [BEGINS_SYSTEM, BEGINS_KEY, KEY, VALUE] = [1, 2, 4, 8]
/** What each byte may be. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte)
  return (
    (/[a-z]/.test(text) ? BEGINS_SYSTEM : 0) |
    (/[a-z0-9]/.test(text) ? BEGINS_KEY : 0) |
    (/[a-z0-9_\-*/]/.test(text) ? KEY : 0) |
    (/[\x20-\x2b\x2d-\x3c\x3e-\x7e]/.test(text) ? VALUE : 0)
  )
})

/** OpenTelemetry's member, and its fields of which we ask. */
const [O, T, H, R, V, COLON] = Buffer.from('othrv:')
/** Hex digits of `rv`, and how many of them are 28 bits. */
const RV_DIGITS = 14
const RV_READ = 7

const TRACESTATE = new HeaderSearch('tracestate')

/**
 * The `tracestate` of a head: its headers joined in their order. It is empty where there is none, or
 * any of it is malformed: then all of it has to be left out. Of a header that is cut off, the members
 * in front of the last comma are taken. It is read in place; nothing is copied but by `text`.
 */
export class Tracestate {
  /** The first 28 bits of an explicit randomness (`rv` of `ot`), or -1. */
  randomness = -1
  /** True when there is a threshold (`th` of `ot`). */
  hasThreshold = false
  /** From the first member to the last one. */
  from = 0
  to = 0
  #bytes: Buffer | undefined
  #end = 0
  #members = 0
  #hasOt = false
  #plain = true

  /** Reads the head that stands from `start` up to `end`. */
  read(bytes: Buffer, start: number, end: number): void {
    this.clear()
    this.#bytes = bytes
    this.#end = end
    let from = TRACESTATE.find(bytes, start, end)
    while (from !== -1) {
      const stop = valueEnd(bytes, from, end)
      if (!this.#readList(bytes, from, stop)) return this.clear()
      from = TRACESTATE.find(bytes, stop, end)
    }
  }

  /** Makes it empty. */
  clear(): void {
    this.randomness = -1
    this.hasThreshold = this.#hasOt = false
    this.from = this.to = this.#members = 0
    this.#plain = true
  }

  /** True when it has no member. */
  get isEmpty(): boolean {
    return this.#members === 0
  }

  /** True when the bytes from `from` up to `to` are the text as they stand. */
  get isPlain(): boolean {
    return this.#plain
  }

  /** Its members without blanks, joined by commas. */
  get text(): string {
    const { from, to } = this
    const bytes = this.#bytes as Buffer
    if (this.#plain) return to === from ? '' : bytes.toString('latin1', from, to)
    const lists: string[] = []
    for (let at = from; at !== -1; at = TRACESTATE.find(bytes, at, this.#end)) {
      const stop = valueEnd(bytes, at, this.#end)
      lists.push(bytes.toString('latin1', at, stop))
      at = stop
    }
    const members = lists.join(',').split(',')
    return members
      .map((member) => member.trim())
      .filter((member) => member !== '')
      .join(',')
  }

  #readList(bytes: Buffer, from: number, stop: number): boolean {
    let at = from
    while (at < stop) {
      const byte = bytes[at] as number
      if (byte === COMMA || isBlank(byte)) at++
      else {
        at = this.#readMember(bytes, at, stop)
        if (at === -1) return false
      }
    }
    return true
  }

  /** Returns where the member ends, or -1 where it is none. */
  #readMember(bytes: Buffer, from: number, stop: number): number {
    const value = keyEnd(bytes, from, stop) + 1
    if (value === 0) return -1
    let at = value
    while (at < stop && ((CLASSES[bytes[at] as number] as number) & VALUE) !== 0) at++
    let end = at
    while (end > value && bytes[end - 1] === SPACE) end--
    while (at < stop && isBlank(bytes[at] as number)) at++
    if (at < stop && bytes[at] !== COMMA) return -1
    if (end === value || end - value > LONGEST.value) return -1
    if (++this.#members > MAX_MEMBERS) return -1
    if (this.#members === 1) this.from = from
    else if (from !== this.to + 1) this.#plain = false
    this.to = end
    if (value - from === 3 && bytes[from] === O && bytes[from + 1] === T) {
      this.#readOt(bytes, value, end)
    }
    return at
  }

  /** The fields of the first member of OpenTelemetry. */
  #readOt(bytes: Buffer, from: number, end: number): void {
    if (this.#hasOt) return
    this.#hasOt = true
    for (let at = from; at < end;) {
      const stop = fieldEnd(bytes, at, end)
      if (stop - at > 2 && bytes[at + 2] === COLON) {
        if (bytes[at] === T && bytes[at + 1] === H) this.hasThreshold = true
        if (bytes[at] === R && bytes[at + 1] === V && this.randomness === -1) {
          this.randomness = readRandomness(bytes, at + 3, stop)
        }
      }
      at = stop + 1
    }
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR
}

/** Where the header's line ends, or the last comma stands where the head ends before that. */
function valueEnd(bytes: Buffer, from: number, end: number): number {
  let comma = from
  for (let at = from; at < end; at++) {
    const byte = bytes[at]
    if (byte === LF) return at
    if (byte === COMMA) comma = at
  }
  return comma
}

/** Where the equals sign stands behind a key, or -1. */
function keyEnd(bytes: Buffer, from: number, stop: number): number {
  const first = wordEnd(bytes, from, stop, BEGINS_KEY)
  if (first === from) return -1
  if (bytes[first] === EQUALS && first < stop) return first - from <= LONGEST.key ? first : -1
  if (bytes[first] !== AT || first - from > LONGEST.tenant) return -1
  const second = wordEnd(bytes, first + 1, stop, BEGINS_SYSTEM)
  const length = second - first - 1
  if (length === 0 || length > LONGEST.system) return -1
  return bytes[second] === EQUALS && second < stop ? second : -1
}

/** Where the key characters that begin at `from` with one of `begin` end. */
function wordEnd(bytes: Buffer, from: number, stop: number, begin: number): number {
  if (from >= stop || ((CLASSES[bytes[from] as number] as number) & begin) === 0) return from
  let at = from + 1
  while (at < stop && ((CLASSES[bytes[at] as number] as number) & KEY) !== 0) at++
  return at
}

function fieldEnd(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== SEMICOLON) at++
  return at
}

/** The first 28 of 56 bits in hex, in either case, or -1 where that is something else. */
function readRandomness(bytes: Buffer, from: number, end: number): number {
  if (end - from !== RV_DIGITS) return -1
  let value = 0
  for (let i = 0; i < RV_DIGITS; i++) {
    const digit = HEX[bytes[from + i] as number] as number
    if (digit < 0) return -1
    if (i < RV_READ) value = (value << 4) | digit
  }
  return value
}

/** The value of each byte as a hex digit; -1 where it is none. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)
