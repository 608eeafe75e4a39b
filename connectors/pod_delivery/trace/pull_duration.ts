import type { LinearRegExp } from '../../../src/helpers/linear_regexp.ts'

/** How long a pull took, in the message of `Pulled`: `in 1.2s (3.4s including waiting). Image size: …`. */
export const PULL_DURATION = 'in (\\S+)(?: \\((\\S+) including waiting\\))?'

/**
 * The same for JavaScript's own engine, which is several times as fast: each pull ends with it. It takes
 * linear time, for where the first group has matched all has, and the second is tried there only.
 */
const NATIVE = /in ([^\t\n\f\r ]+)(?: \(([^\t\n\f\r ]+) including waiting\))?/u

/** `PULL_DURATION`, ready for use. */
export const pullDuration: Pick<LinearRegExp, 'exec'> = {
  exec: (text) => NATIVE.exec(text) ?? undefined,
}
