import { RE2JS } from 're2js'
import { OttlError } from './errors.ts'

/*
 * Regular expressions of RE2: matching takes time linear in the text, whatever the expression, and
 * the syntax is that of Go. The engine is re2js, a port of RE2 in JavaScript.
 */

/** A compiled regular expression. */
export interface Regex {
  /** True where it matches somewhere. */
  test(text: string): boolean
  readonly re2: RE2JS
}

/** Longer ones are refused: compiling takes time and memory by length. */
export const MAX_PATTERN_CHARS = 8 * 1024
/** Instructions of a compiled expression: counted repetitions multiply them. */
const MAX_PROGRAM = 50_000

/** Compiles an expression. Throws OttlError. */
export function regexOf(pattern: string): Regex {
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new OttlError(
      `a regular expression has at most ${MAX_PATTERN_CHARS} characters, this one ${pattern.length}`,
    )
  }
  const re2 = compiled(pattern)
  if (re2.programSize() > MAX_PROGRAM) {
    throw new OttlError('the regular expression is too large once its repetitions are counted out')
  }
  return { re2, test: literalTest(pattern) ?? ((text) => re2.test(text)) }
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new OttlError(`the regular expression cannot be read: ${why}`)
  }
}

/** A text without special characters, maybe tied to the beginning or the end. */
const LITERAL = /^(\^)?((?:[^\\^$.|?*+()[\]{}]|\\[./\-_$|?*+()[\]{}^\\])*)(\$)?$/

/** What does the same without an engine; undefined where the expression is more than a text. */
function literalTest(pattern: string): ((text: string) => boolean) | undefined {
  const found = LITERAL.exec(pattern)
  // Half of a pair of surrogates is a character to RE2.
  if (!found || !pattern.isWellFormed()) return undefined
  const [, start, body = '', end] = found
  const literal = body.replaceAll(/\\(.)/g, '$1')
  if (start && end) return (text) => text === literal
  if (start) return (text) => text.startsWith(literal)
  if (end) return (text) => text.endsWith(literal)
  return (text) => text.includes(literal)
}

/** Expressions that are made at run time are kept, so that each is compiled once. */
const MAX_KEPT = 256
const kept = new Map<string, Regex>()

/** The compiled form of an expression that shows only at run time. Throws OttlError. */
export function keptRegex(pattern: string): Regex {
  const known = kept.get(pattern)
  if (known) return known
  const regex = regexOf(pattern)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(pattern, regex)
  return regex
}
