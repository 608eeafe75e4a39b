import { CONTEXTS } from './environment.ts'
import { CONVERTERS, EDITORS } from './functions.ts'
import { FIELDS } from './paths.ts'

/** Rows about every path: context, path, type, and what can be done with it. */
export function ottlPaths(): string[][] {
  return CONTEXTS.flatMap((context) =>
    Object.entries(FIELDS[context]).map(([path, { type, set, map, keyed }]) => {
      const notes = [map || keyed ? 'takes keys' : '', set || map ? '' : 'cannot be set']
      return [
        context,
        `\`${context}.${path}\``,
        type,
        notes.filter((note) => note !== '').join(', '),
      ]
    }),
  )
}

/** Rows about every function: how it is called, what it gives, and the contexts that it is for. */
export function ottlFunctions(): string[][] {
  const all = { ...EDITORS, ...CONVERTERS }
  return Object.entries(all).map(([name, { type, params, contexts }]) => {
    const args = params.map((param) => (param.isOptional ? `${param.name}?` : param.name))
    const gives = type === 'nil' ? 'editor' : type
    return [`\`${name}(${args.join(', ')})\``, gives, contexts?.join(', ') ?? 'all']
  })
}
