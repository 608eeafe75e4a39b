import { type LinearRegExp, linearRegExp } from './linear_regexp.ts'

/** Names of attributes that are remembered. */
const MAX_KNOWN = 4096

/**
 * Patterns for keys of attributes, as the Collector has them: `*` stands for anything but a dot, `**`
 * for anything, `?` for one character but a dot, `[a-z]` and `[!a-z]` for one of some, `{a,b}` for
 * one or the other, and a backslash in front of any of these for itself.
 */
export class KeyGlobs {
  readonly #patterns: readonly LinearRegExp[]
  readonly #known = new Map<string, boolean>()

  /** Throws an error that says what is wrong with a pattern. */
  constructor(globs: readonly string[]) {
    this.#patterns = globs.map((glob) => linearRegExp(expressionOf(glob)))
  }

  /** Whether one of the patterns is the key's. */
  matches(key: string): boolean {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const matches = this.#patterns.some((pattern) => pattern.test(key))
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, matches)
    return matches
  }
}

/** What is wrong with a pattern; undefined where nothing is. */
export function globFault(glob: string): string | undefined {
  try {
    linearRegExp(expressionOf(glob))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const PARTS = /\*\*|\*|\?|\\[^]|\[!?(?:\\[^]|[^\]\\])+\]|[^]/gu

/** The regular expression of a pattern. */
function expressionOf(glob: string): string {
  let braces = 0
  let expression = ''
  for (const [part] of glob.matchAll(PARTS)) {
    if (part === '{') braces++
    if (part === '}' && --braces < 0) break
    expression += expressionOfPart(part, braces > 0)
  }
  if (braces !== 0) {
    throw new Error(`expected a pattern with a "}" for each "{", received "${glob}"`)
  }
  return `^(?:${expression})$`
}

function expressionOfPart(part: string, inBraces: boolean): string {
  if (part === '**') return '(?s:.)*'
  if (part === '*') return '[^.]*'
  if (part === '?') return '[^.]'
  if (part === '{') return '(?:'
  if (part === '}') return ')'
  if (part === ',' && inBraces) return '|'
  if (part.length > 2 && part.startsWith('[')) {
    return part.startsWith('[!') ? `[^${part.slice(2)}` : part
  }
  return literal(part.startsWith('\\') && part.length > 1 ? part.slice(1) : part)
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
