import type { LinearRegExp, Match } from '../helpers/linear_regexp.ts'
import { OttlError } from './errors.ts'
import type { Value } from './values.ts'

/** What is made of a replacement: a hash of it, put into a format with one `%s`. */
export interface Finish {
  readonly converter: ((text: Value) => Value) | undefined
  readonly format: string | undefined
}

/** A text with every match replaced; undefined where nothing matches. Throws OttlError. */
export function replaced(
  text: string,
  regex: LinearRegExp,
  replacement: string,
  finish: Finish,
): string | undefined {
  if (!replacement.includes('$')) {
    const isPlain = finish.converter === undefined && finish.format === undefined
    return regex.replace(text, isPlain ? replacement : () => finished(replacement, finish))
  }
  const names = regex.namedGroups()
  return regex.replace(text, (match) => finished(expanded(replacement, match, names), finish))
}

/** What a replacement is once its groups are known and it has been converted. Throws OttlError. */
export function finished(text: string, { converter, format }: Finish): string {
  const converted = converter ? converter(text) : text
  if (typeof converted !== 'string') throw new OttlError('the converter made no string')
  return format === undefined ? converted : format.replace('%s', () => converted)
}

const GROUP = /\$(?:\$|(\w+)|\{(\w+)\})/g

/** `$1`, `${name}` and `$$` as Go's `Regexp.Expand` reads them; a group that is not there is empty. */
function expanded(template: string, match: Match, names: Readonly<Record<string, number>>): string {
  return template.replaceAll(GROUP, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced
    if (name === undefined) return whole === '$$' ? '$' : whole
    const group = /^\d+$/.test(name) ? Number(name) : names[name]
    return group === undefined ? '' : (match[group] ?? '')
  })
}

/**
 * A glob pattern as a regular expression of RE2: `*` and `?` are characters, of whatever sort, and
 * brackets are classes.
 */
export function globPattern(glob: string): string {
  let pattern = ''
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i] as string
    if (char === '*') pattern += '.*'
    else if (char === '?') pattern += '.'
    else if (char === '[') {
      const end = glob.indexOf(']', i + 2)
      if (end < 0) throw new OttlError(`a "[" in ${JSON.stringify(glob)} has no end`)
      const inner = glob
        .slice(i + 1, end)
        .replace(/^[!^]/, '^')
        .replaceAll('[', '\\[')
      pattern += `[${inner}]`
      i = end
    } else if (char === '\\' && i + 1 < glob.length) pattern += escapedChar(glob[++i] as string)
    else pattern += escapedChar(char)
  }
  return `(?s)^${pattern}$`
}

function escapedChar(char: string): string {
  return /[\\^$.|?*+()[\]{}]/.test(char) ? `\\${char}` : char
}
