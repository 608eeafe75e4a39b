import { linearRegExp, matchesAny } from '../../src/helpers/linear_regexp.ts'
import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { type Evaluate, sampledWhere, type TraceView } from './policy.ts'
import type { PolicyConfig } from './policy_config.ts'

type Options<K extends keyof PolicyConfig> = NonNullable<PolicyConfig[K]>

/** Whether a value that is there matches. */
type Matches = (value: AttributeValue) => boolean

/** Traces in which the attribute of a resource or span matches, or with `invert` of none does. */
function byAttribute(key: string, invert: boolean, matches: Matches): Evaluate {
  return sampledWhere((view) => hasMatch(view, key, matches) !== invert)
}

function hasMatch({ parts }: TraceView, key: string, matches: Matches): boolean {
  for (const { resource, spans } of parts) {
    const { attributes } = resource
    if (Object.hasOwn(attributes, key) && matches(attributes[key] as AttributeValue)) return true
    for (let i = 0; i < spans.length; i++) {
      const value = spans.attribute(i, key)
      if (value !== undefined && matches(value)) return true
    }
  }
  return false
}

/** `numeric_attribute`. Other values than numbers do not match. */
export function numericAttribute(options: Options<'numeric_attribute'>): Evaluate {
  const { key, min_value: least = -Infinity, max_value: most = Infinity, invert_match } = options
  return byAttribute(key, invert_match, (value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return false
    return value >= least && value <= most
  })
}

/** `boolean_attribute`. Other values than booleans do not match. */
export function booleanAttribute({
  key,
  value: wanted,
  invert_match,
}: Options<'boolean_attribute'>): Evaluate {
  return byAttribute(key, invert_match, (value) => value === wanted)
}

/** Texts whose matches are remembered unless told otherwise: as in the Collector. */
const DEFAULT_CACHE = 128

/** `string_attribute`. Other values than texts, and empty ones, do not match. */
export function stringAttribute(options: Options<'string_attribute'>): Evaluate {
  const { key, values, enabled_regex_matching, cache_max_size, invert_match } = options
  const wanted = new Set(values)
  const matches = enabled_regex_matching
    ? patternMatches(values, cache_max_size || DEFAULT_CACHE)
    : (text: string): boolean => wanted.has(text)
  return byAttribute(key, invert_match, (value) => {
    return typeof value === 'string' && value !== '' && matches(value)
  })
}

function patternMatches(values: readonly string[], cacheSize: number): (text: string) => boolean {
  const patterns = values.map(linearRegExp)
  const known = new Map<string, boolean>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const found = matchesAny(patterns, text)
    if (known.size >= cacheSize) known.clear()
    known.set(text, found)
    return found
  }
}
