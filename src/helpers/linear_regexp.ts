import { RE2JS } from 're2js'
import { z } from 'zod'

/**
 * A regular expression that takes time in proportion to the text, whatever it is given: RE2's, as in
 * the Collector. It has no look-around and no references back.
 */
export type LinearRegExp = RE2JS

/** Throws an error that says what is wrong with the pattern. */
export function linearRegExp(pattern: string): LinearRegExp {
  const fault = patternFault(pattern)
  if (fault !== undefined) throw new Error(fault)
  return RE2JS.compile(pattern)
}

/** What is wrong with a pattern; undefined where nothing is. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const reason = said.replace('error parsing regexp: ', '')
    return `expected a regular expression of RE2, received "${pattern}": ${reason}`
  }
}

/** An option that holds a pattern. It stays a text: compile it with `linearRegExp`. */
export function regularExpression(): z.ZodString {
  return z.string().check((check) => {
    const message = patternFault(check.value)
    if (message !== undefined) check.issues.push({ code: 'custom', input: check.value, message })
  })
}

/**
 * One pattern that matches where one of these does, for a look at many texts in which none is; the
 * patterns themselves where they cannot be one, as with two groups of the same name.
 */
export function anyOf(patterns: readonly string[]): readonly LinearRegExp[] {
  const all = patterns.map(linearRegExp)
  if (patterns.length < 2) return all
  const joined = patterns.map((pattern) => `(?:${pattern})`).join('|')
  return patternFault(joined) === undefined ? [RE2JS.compile(joined)] : all
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
  if (!pattern.test(text)) return text
  const matcher = pattern.matcher(text)
  let replaced = ''
  let end = 0
  while (matcher.find()) {
    replaced += text.slice(end, matcher.start()) + change(matcher.group() ?? '')
    end = matcher.end()
  }
  return replaced + text.slice(end)
}
