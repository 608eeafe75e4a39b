import { RE2JS } from 're2js'
import { z } from 'zod'
import { shapeOf } from './regexp_shape.ts'

/*
 * The one place where regular expressions of users are compiled. They are those of RE2, as in the
 * Collector: matching takes time linear in the text, whatever the expression, and there is no
 * look-around and no reference back. The engine is re2js, a port of RE2; expressions that are linear
 * in JavaScript's own engine as well run there, which is several times as fast.
 */

/** What matched: all of it, and behind it its groups. */
export type Match = readonly (string | undefined)[]

/** What comes in place of a match: always the same, or what is made of it. */
export type Change = string | ((match: Match) => string)

/** A compiled regular expression. */
export interface LinearRegExp {
  /** True where it matches somewhere. */
  test(text: string): boolean
  /** The first match. */
  exec(text: string): Match | undefined
  /** The text with `change`, or what it gives, in place of each match; undefined where there is none. */
  replace(text: string, change: Change): string | undefined
  /** The number of each group that has a name. */
  namedGroups(): Readonly<Record<string, number>>
  groupCount(): number
}

/** Longer ones are refused: compiling takes time and memory by length. */
export const MAX_PATTERN_CHARS = 8 * 1024
/** Instructions of a compiled expression: counted repetitions multiply them. */
const MAX_PROGRAM = 50_000
/** JavaScript's engine remembers places in a stack that has an end: longer texts are for re2js. */
const MAX_NATIVE_CHARS = 64 * 1024

/** Throws an error that says what is wrong with the pattern. */
export function linearRegExp(pattern: string): LinearRegExp {
  const compiled = compile(pattern)
  if (typeof compiled === 'string') throw new Error(compiled)
  return new Compiled(pattern, compiled)
}

/** What is wrong with a pattern; undefined where nothing is. */
export function patternProblem(pattern: string): string | undefined {
  const compiled = compile(pattern)
  return typeof compiled === 'string' ? compiled : undefined
}

/** As `patternProblem`, for an option: it says what was expected. */
export function patternFault(pattern: string): string | undefined {
  const problem = patternProblem(pattern)
  if (problem === undefined || !problem.startsWith(NOT_READ)) return problem
  const reason = problem.slice(NOT_READ.length).replace('error parsing regexp: ', '')
  return `expected a regular expression of RE2, received "${pattern}": ${reason}`
}

const NOT_READ = 'the regular expression cannot be read: '

/** The engine's form, or what is wrong. */
function compile(pattern: string): RE2JS | string {
  if (pattern.length > MAX_PATTERN_CHARS) {
    return `a regular expression has at most ${MAX_PATTERN_CHARS} characters, this one ${pattern.length}`
  }
  try {
    const compiled = RE2JS.compile(pattern)
    if (compiled.programSize() <= MAX_PROGRAM) return compiled
    return 'the regular expression is too large once its repetitions are counted out'
  } catch (error) {
    return NOT_READ + (error instanceof Error ? error.message : String(error))
  }
}

class Compiled implements LinearRegExp {
  readonly #engine: RE2JS
  readonly #literal: ((text: string) => boolean) | undefined
  readonly #native: RegExp | undefined
  readonly #nativeAll: RegExp | undefined
  readonly #required: readonly string[]

  constructor(pattern: string, engine: RE2JS) {
    this.#engine = engine
    this.#literal = literalTest(pattern)
    const { native, required = [] } = shapeOf(pattern) ?? {}
    this.#required = native === undefined ? required : []
    if (native === undefined) return
    this.#native = new RegExp(native, 'u')
    this.#nativeAll = new RegExp(native, 'gu')
  }

  /** Whether JavaScript's own engine runs it. */
  get isNative(): boolean {
    return this.#native !== undefined
  }

  /** Whether texts can be told that it does not match without an engine. */
  get isQuick(): boolean {
    return this.#required.length > 0
  }

  test(text: string): boolean {
    if (this.#literal) return this.#literal(text)
    if (this.#native && text.length <= MAX_NATIVE_CHARS) return this.#native.test(text)
    for (const required of this.#required) if (!text.includes(required)) return false
    return this.#engine.test(text)
  }

  exec(text: string): Match | undefined {
    if (!this.test(text)) return undefined
    if (this.#native && text.length <= MAX_NATIVE_CHARS) return this.#native.exec(text) ?? undefined
    const matcher = this.#engine.matcher(text)
    return matcher.find() ? this.#matchOf(matcher) : undefined
  }

  replace(text: string, change: Change): string | undefined {
    if (!this.test(text)) return undefined
    if (this.#nativeAll && text.length <= MAX_NATIVE_CHARS) {
      return replaceAll(text, this.#nativeAll, change)
    }
    const matcher = this.#engine.matcher(text)
    let result = ''
    let end = 0
    while (matcher.find()) {
      result +=
        text.slice(end, matcher.start()) +
        (typeof change === 'string' ? change : change(this.#matchOf(matcher)))
      end = matcher.end()
    }
    return result + text.slice(end)
  }

  namedGroups(): Readonly<Record<string, number>> {
    return this.#engine.namedGroups()
  }

  groupCount(): number {
    return this.#engine.groupCount()
  }

  #matchOf(matcher: ReturnType<RE2JS['matcher']>): Match {
    return Array.from({ length: this.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
  }
}

function replaceAll(text: string, pattern: RegExp, change: Change): string {
  if (typeof change === 'string') {
    // A dollar sign would stand for a part of the match.
    if (!change.includes('$')) return text.replace(pattern, change)
    return text.replace(pattern, () => change)
  }
  // Behind the groups come the place and the text.
  return text.replace(pattern, (...found) => change(found.slice(0, -2) as string[]))
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
const kept = new Map<string, LinearRegExp>()

/** As `linearRegExp`, for an expression that shows only at run time. */
export function keptRegExp(pattern: string): LinearRegExp {
  const known = kept.get(pattern)
  if (known) return known
  const regExp = linearRegExp(pattern)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(pattern, regExp)
  return regExp
}

/** An option that holds a pattern. It stays a text: compile it with `linearRegExp`. */
export function regularExpression(): z.ZodString {
  return z.string().check((check) => {
    const message = patternFault(check.value)
    if (message !== undefined) check.issues.push({ code: 'custom', input: check.value, message })
  })
}

/**
 * Expressions of which one matches where one of these does, for a look at many texts in which none is:
 * as few as are quick. Those that are quick by themselves stay so.
 */
export function anyOf(patterns: readonly string[]): readonly LinearRegExp[] {
  const groups: string[][] = [[], [], []]
  for (const pattern of patterns) {
    const one = linearRegExp(pattern) as Compiled
    groups[one.isNative ? 0 : one.isQuick ? 1 : 2]?.push(pattern)
  }
  const [native = [], quick = [], slow = []] = groups
  return [...joined(native, true), ...quick.map(linearRegExp), ...joined(slow, false)]
}

/** One expression in place of several; they themselves where they cannot be one, or not a quick one. */
function joined(patterns: readonly string[], hasToBeNative: boolean): readonly LinearRegExp[] {
  const all = patterns.map(linearRegExp)
  if (patterns.length < 2) return all
  const one = patterns.map((pattern) => `(?:${pattern})`).join('|')
  if (patternProblem(one) !== undefined) return all
  const made = linearRegExp(one) as Compiled
  return hasToBeNative && !made.isNative ? all : [made]
}

/** True where one of the patterns matches somewhere in the text. */
export function matchesAny(patterns: readonly LinearRegExp[], text: string): boolean {
  for (const pattern of patterns) if (pattern.test(text)) return true
  return false
}

/** The text with `change` of every match in place of the match; the text itself where there is none. */
export function replaceMatches(
  pattern: LinearRegExp,
  text: string,
  change: (match: string) => string,
): string {
  return pattern.replace(text, ([match = '']) => change(match)) ?? text
}
