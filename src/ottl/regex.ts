import { keptRegExp, type LinearRegExp, linearRegExp } from '../helpers/linear_regexp.ts'
import { OttlError } from './errors.ts'

/** Compiles an expression. Throws OttlError. */
export function regexOf(pattern: string): LinearRegExp {
  return compiledBy(linearRegExp, pattern)
}

/** The compiled form of an expression that shows only at run time. Throws OttlError. */
export function keptRegex(pattern: string): LinearRegExp {
  return compiledBy(keptRegExp, pattern)
}

function compiledBy(compile: (pattern: string) => LinearRegExp, pattern: string): LinearRegExp {
  try {
    return compile(pattern)
  } catch (error) {
    throw new OttlError(error instanceof Error ? error.message : String(error))
  }
}
