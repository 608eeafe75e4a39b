import type { core } from 'zod'
import type { ConfigNode } from './node.ts'
import { suggestion } from './nearest.ts'

type RawIssue = core.$ZodRawIssue

/** The message for a value that is not there. */
export const required = 'required'

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'a string'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['object', 'a map'],
  ['record', 'a map'],
  ['array', 'a list'],
  ['tuple', 'a list'],
])

/**
 * Zod's issues in the user's words. Messages that begin with "expected" get what was received added
 * where the place is known; so do those of schemas' own checks. A message given in a schema goes
 * before these.
 */
export function wordIssue(issue: RawIssue): string {
  if (issue.input === undefined && issue.code !== 'custom') return required
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames.get(expectedType(issue)) ?? issue.expected}`
    case 'invalid_value':
      return `expected ${alternatives(issue.values.map((value) => JSON.stringify(value)))}`
    case 'too_small':
      return `expected ${bound(issue, 'at least', 'more than', issue.minimum)}`
    case 'too_big':
      return `expected ${bound(issue, 'at most', 'less than', issue.maximum)}`
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.pattern
        ? `expected a text like ${issue.pattern}`
        : `expected a valid ${issue.format}`
    case 'unrecognized_keys':
      return issue.keys.map((key: string) => unknownKey(key, knownKeys(issue))).join('\n')
    case 'invalid_union':
      return discriminatorChoice(issue)
    case 'invalid_key':
      return 'invalid key'
    default:
      return 'not a valid value'
  }
}

/** `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** `unknown key "endpont", did you mean "endpoint"?` */
export function unknownKey(key: string, known: Iterable<string>): string {
  return `unknown key ${JSON.stringify(key)}${suggestion(key, known)}`
}

/** What stands at a place. The text that an expansion brought is not shown: it may be a secret. */
export function received(node: ConfigNode): string {
  const origin = node.from === undefined ? '' : ` from ${node.from}`
  const note = node.note === undefined ? '' : ` (not YAML: ${node.note})`
  return `${receivedValue(node)}${origin}${note}`
}

function receivedValue(node: ConfigNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`
  if (node.value === null) return 'nothing'
  if (typeof node.value !== 'string') return node.text ?? String(node.value)
  if (node.from !== undefined) return 'a string'
  return JSON.stringify(node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value)
}

function bound(
  { origin, inclusive }: { origin: string; inclusive?: boolean },
  orEqual: string,
  beyond: string,
  limit: number | bigint,
): string {
  const words = `${inclusive === false ? beyond : orEqual} ${limit}`
  if (origin === 'number' || origin === 'int') return `a number of ${words}`
  const thing = origin === 'string' ? 'character' : origin === 'array' ? 'item' : 'entry'
  return `${words} ${Number(limit) === 1 ? thing : plural(thing)}`
}

function plural(thing: string): string {
  return thing === 'entry' ? 'entries' : `${thing}s`
}

// Zod asks a whole number to be a number first.
function expectedType({ expected, inst }: RawIssue & { expected: string }): string {
  const { format } = (inst?._zod.def ?? {}) as { format?: string }
  return format?.includes('int') ? 'int' : expected
}

function knownKeys(issue: RawIssue): string[] {
  const def = issue.inst?._zod.def as { shape?: object } | undefined
  return Object.keys(def?.shape ?? {})
}

interface Discriminated {
  readonly def: { readonly discriminator?: string }
  readonly propValues?: Readonly<Record<string, ReadonlySet<unknown> | undefined>>
}

function discriminatorChoice(issue: RawIssue): string {
  const { def, propValues } = (issue.inst?._zod ?? { def: {} }) as Discriminated
  const values = propValues?.[def.discriminator ?? '']
  if (!values) return 'expected another value'
  return `expected ${alternatives([...values].map((value) => JSON.stringify(value)))}`
}
