/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** A text with a reference in it, such as `${env:PORT}`: it may turn out to be anything. */
const expansion = String.raw`\$\{`

const duration = String.raw`^([0-9.]+(ns|us|µs|μs|ms|s|m|h))+$|^0$`

/**
 * What a schema's JSON Schema says of the parsed values, as it holds for YAML before that: any value
 * may be a text with `${…}` in it, an optional one may be left empty, and where a text is wanted a
 * number will do.
 */
export function loosened(schema: JsonSchema): JsonSchema {
  // Zod's formats are names of its own checks, which nobody else knows.
  const { label, words, format: _, default: fallback, ...rest } = schema
  const kept =
    isEmptyMap(fallback) || fallback === undefined ? rest : { ...rest, default: fallback }
  if (Array.isArray(words)) return ofWords(kept, words as string[])
  const branches = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(branches)) return ofBranches(kept, branches as JsonSchema[])
  const values = schema['enum'] ?? ('const' in schema ? [schema['const']] : undefined)
  if (Array.isArray(values)) return ofValues(kept, values)
  switch (schema['type']) {
    case 'object':
      return ofMap(kept)
    case 'array':
      return withExpansion({ ...kept, items: loosened((schema['items'] ?? {}) as JsonSchema) })
    case 'string':
      return ofText(kept, label)
    default:
      return 'type' in schema ? withExpansion(withoutLimitsOfNumbers(kept)) : kept
  }
}

/** A schema that takes a text with `${…}` in it, too. */
export function withExpansion(schema: JsonSchema): JsonSchema {
  const types = [schema['type'] ?? []].flat() as string[]
  if (types.length === 0 || types.includes('string')) {
    const { description, default: fallback, ...rest } = schema
    return {
      ...(description !== undefined && { description }),
      ...(fallback !== undefined && { default: fallback }),
      anyOf: [rest, { type: 'string', pattern: expansion }],
    }
  }
  // `pattern` says nothing of what is no text.
  return { ...schema, type: [...types, 'string'], pattern: expansion }
}

function ofMap(schema: JsonSchema): JsonSchema {
  const required = (schema['required'] ?? []) as string[]
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)
  const others = schema['additionalProperties']
  const { propertyNames: _, ...rest } = schema
  return withExpansion({
    ...rest,
    // Empty stands for an empty map, which has to be enough.
    type: required.length === 0 ? ['object', 'null'] : ['object'],
    properties: Object.fromEntries(
      properties.map(([key, value]) => {
        const inner = loosened(value)
        return [key, required.includes(key) ? inner : orNothing(inner)]
      }),
    ),
    ...(isSchema(others) && { additionalProperties: loosened(others) }),
  })
}

function ofText(schema: JsonSchema, label: unknown): JsonSchema {
  if (label === 'duration') return { ...schema, pattern: `${duration}|${expansion}` }
  const { pattern } = schema
  if (typeof pattern === 'string') return { ...schema, pattern: `${pattern}|${expansion}` }
  return { ...schema, type: ['string', 'number', 'boolean'] }
}

// `min_version: 1.2` is a number for YAML.
function ofValues(schema: JsonSchema, values: readonly unknown[]): JsonSchema {
  const { type: _, enum: __, const: ___, ...rest } = schema
  const numbers = values.flatMap((value) => {
    const number = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
    return Number.isNaN(number) ? [] : [number]
  })
  return withExpansion({ ...rest, enum: [...values, ...numbers] })
}

// Editors complete from `enum`; the pattern takes the same words in any case.
function ofWords(schema: JsonSchema, words: readonly string[]): JsonSchema {
  const { type: _, ...rest } = schema
  const anyCase = words.map((word) =>
    word.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`),
  )
  const pattern = `^(${anyCase.join('|')})$|${expansion}`
  return { ...rest, anyOf: [{ enum: words }, { type: 'string', pattern }] }
}

// A text with a reference would fit several, which `oneOf` forbids.
function ofBranches(schema: JsonSchema, branches: readonly JsonSchema[]): JsonSchema {
  const { anyOf: _, oneOf: __, ...rest } = schema
  return { ...rest, anyOf: branches.map(loosened) }
}

function orNothing(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...(anyOf as unknown[]), { type: 'null' }] }
  if (type === undefined) return schema
  return { ...schema, type: [...new Set([type, 'null'].flat())] }
}

// Zod writes down the largest whole number that JavaScript can count to.
function withoutLimitsOfNumbers(schema: JsonSchema): JsonSchema {
  const limits = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  return Object.fromEntries(
    Object.entries(schema).filter(([, value]) => !limits.includes(value as number)),
  )
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}

function isEmptyMap(value: unknown): boolean {
  return isSchema(value) && !Array.isArray(value) && Object.keys(value).length === 0
}
