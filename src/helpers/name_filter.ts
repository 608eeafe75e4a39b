import { z } from 'zod'
import { linearRegExp, matchesAny, patternFault } from './linear_regexp.ts'

const matchType = z
  .enum(['strict', 'regexp'])
  .describe('Whether names are whole names, or regular expressions that match anywhere in one.')

/** Names that are meant, as the Collector writes them: `{ KEY: [name, ...], match_type: ... }`. */
export interface NameList {
  readonly names: readonly string[]
  readonly match_type: 'strict' | 'regexp'
}

/** `include` or `exclude`, whose list stands under `key`. */
export function nameList<K extends string>(
  key: K,
  what: string,
): z.ZodOptional<z.ZodPipe<z.ZodType<Written<K>>, z.ZodTransform<NameList, Written<K>>>> {
  const written = z
    .strictObject({
      [key]: z.array(z.string().min(1)).min(1).describe(`Names of ${what}.`),
      match_type: matchType,
    })
    .check((check) => {
      const { match_type, [key]: names } = check.value as unknown as Written<K>
      if (match_type !== 'regexp') return
      for (const [i, name] of (names as string[]).entries()) {
        const message = patternFault(name)
        if (message) check.issues.push({ code: 'custom', input: name, path: [key, i], message })
      }
    }) as unknown as z.ZodType<Written<K>>
  const parsed = written.transform((value) => ({
    names: value[key] as string[],
    match_type: value.match_type,
  }))
  return parsed.optional()
}

/** As it stands in YAML. */
type Written<K extends string> = Record<K, string[]> & { match_type: 'strict' | 'regexp' }

/** Says which names are taken: those of `include`, all where there is none, less those of `exclude`. */
export function nameFilter(
  include: NameList | undefined,
  exclude: NameList | undefined,
): (name: string) => boolean {
  const wanted = include ? matcherOf(include) : () => true
  const unwanted = exclude ? matcherOf(exclude) : () => false
  return (name) => wanted(name) && !unwanted(name)
}

function matcherOf({ names, match_type }: NameList): (name: string) => boolean {
  if (match_type === 'strict') {
    const all = new Set(names)
    return (name) => all.has(name)
  }
  const patterns = names.map(linearRegExp)
  return (name) => matchesAny(patterns, name)
}
