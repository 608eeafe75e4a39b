import { z } from 'zod'
import { OttlSyntaxError } from './errors.ts'

/** What happens when a condition or statement fails with the data that it got. */
export const ERROR_MODES = ['ignore', 'silent', 'propagate'] as const
/** See `ERROR_MODES`. */
export type ErrorMode = (typeof ERROR_MODES)[number]

/** `error_mode`. */
export const errorMode = z.enum(ERROR_MODES)

/** What is wrong with a text; undefined when nothing is. @param compile throws OttlSyntaxError */
export function problemsIn(compile: () => unknown): string | undefined {
  try {
    compile()
  } catch (error) {
    if (error instanceof OttlSyntaxError) return error.message
    throw error
  }
  return undefined
}
