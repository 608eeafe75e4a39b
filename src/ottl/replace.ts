import type { RE2JS } from 're2js'
import { OttlError } from './errors.ts'
import type { Regex } from './regex.ts'
import type { Value } from './values.ts'

/** What is made of a replacement: a hash of it, put into a format with one `%s`. */
export interface Finish {
  readonly converter: ((text: Value) => Value) | undefined
  readonly format: string | undefined
}

/** A text with every match replaced; undefined where nothing matches. Throws OttlError. */
export function replaced(
  text: string,
  regex: Regex,
  replacement: string,
  finish: Finish,
): string | undefined {
  if (!regex.test(text)) return undefined
  const { re2 } = regex
  const names = re2.namedGroups()
  const matcher = re2.matcher(text)
  let result = ''
  let done = 0
  while (matcher.find()) {
    result +=
      text.slice(done, matcher.start()) + finished(expanded(replacement, matcher, names), finish)
    done = matcher.end()
  }
  return result + text.slice(done)
}

/** What a replacement is once its groups are known and it has been converted. Throws OttlError. */
export function finished(text: string, { converter, format }: Finish): string {
  const converted = converter ? converter(text) : text
  if (typeof converted !== 'string') throw new OttlError('the converter made no string')
  return format === undefined ? converted : format.replace('%s', () => converted)
}

const GROUP = /\$(?:\$|(\w+)|\{(\w+)\})/g

/** `$1`, `${name}` and `$$` as Go's `Regexp.Expand` reads them; a group that is not there is empty. */
function expanded(
  template: string,
  matcher: ReturnType<RE2JS['matcher']>,
  names: Readonly<Record<string, number>>,
): string {
  if (!template.includes('$')) return template
  return template.replaceAll(GROUP, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced
    if (name === undefined) return whole === '$$' ? '$' : whole
    const group = /^\d+$/.test(name) ? Number(name) : names[name]
    if (group === undefined || group > matcher.groupCount()) return ''
    return matcher.group(group) ?? ''
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
