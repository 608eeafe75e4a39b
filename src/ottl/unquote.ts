import { OttlSyntaxError } from './errors.ts'

/** What stands for what behind a backslash, as in Go's strings. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}

/** Number escapes: what begins them, and their digits. */
const NUMBERED = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/y

const LAST_CODE_POINT = 0x10ffff

/** What a string in its quotes stands for. @param at where it begins in its statement */
export function unquoted(quoted: string, at: number): string {
  const inner = quoted.slice(1, -1)
  if (!inner.includes('\\')) return inner
  let text = ''
  let done = 0
  for (let i = inner.indexOf('\\'); i >= 0; i = inner.indexOf('\\', done)) {
    text += inner.slice(done, i)
    const [part, length] = escaped(inner, i, at + 1 + i)
    text += part
    done = i + length
  }
  return text + inner.slice(done)
}

function escaped(inner: string, i: number, at: number): [text: string, length: number] {
  const next = inner[i + 1] as string
  const simple = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined
  if (simple !== undefined) return [simple, 2]
  NUMBERED.lastIndex = i
  const found = NUMBERED.exec(inner)
  if (!found) {
    throw new OttlSyntaxError(`unknown escape "\\${next}" (a backslash is written "\\\\")`, at)
  }
  const [whole, byte, short, long, octal] = found
  const code =
    octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : parseInt(octal, 8)
  if (code > LAST_CODE_POINT) throw new OttlSyntaxError(`${whole} is no character`, at)
  return [String.fromCodePoint(code), whole.length]
}
