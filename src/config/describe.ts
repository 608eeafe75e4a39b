import { z } from 'zod'
import type { core } from 'zod'

type AnySchema = core.$ZodType

/** One option of a schema, for the table in a README. */
export interface OptionRow {
  /**
   * Dotted: `tls.insecure`; `targets[].endpoint` in a list, `groups.<key>.size` in a map of free
   * keys.
   */
  readonly name: string
  /** In words: `duration`, `list of port`, `"gzip" or "none"`. */
  readonly type: string
  /** True when there is neither a default nor leave to omit it. */
  readonly required: boolean
  /**
   * As one would write it in YAML; absent when there is none, or when it is that of its own
   * options.
   */
  readonly default?: string
  readonly description: string
}

/** What is left of a schema without optional, defaults and the like, and what these said. */
export interface Unwrapped {
  readonly base: AnySchema
  readonly required: boolean
  readonly default?: string
  readonly description: string
  readonly label: string | undefined
}

/** The options of a schema in their order, nested ones after the map that holds them. */
export function describeSchema(schema: z.ZodType): OptionRow[] {
  return rowsBelow(schema, '')
}

function rowsBelow(schema: AnySchema, prefix: string): OptionRow[] {
  const { base, label } = unwrap(schema)
  if (label !== undefined) return []
  if (base instanceof z.ZodObject) {
    return Object.entries(base.shape as Record<string, AnySchema>).flatMap(([key, field]) =>
      rowsOf(field, prefix === '' ? key : `${prefix}.${key}`),
    )
  }
  if (base instanceof z.ZodArray) return rowsBelow(base.element, `${prefix}[]`)
  if (base instanceof z.ZodRecord) return rowsBelow(base.valueType, `${prefix}.<key>`)
  if (base instanceof z.ZodUnion) return base.options.flatMap((option) => rowsBelow(option, prefix))
  return []
}

function rowsOf(field: AnySchema, name: string): OptionRow[] {
  const { required, default: fallback, description } = unwrap(field)
  const row = { name, type: typeName(field), required, description }
  return [fallback === undefined ? row : { ...row, default: fallback }, ...rowsBelow(field, name)]
}

/** Takes the wrappers off. Descriptions and defaults may sit on any of them; the outermost wins. */
export function unwrap(schema: AnySchema): Unwrapped {
  const { def } = schema._zod
  const { description = '', label } = z.globalRegistry.get(schema) ?? {}
  const own = { description, label: typeof label === 'string' ? label : undefined }
  const inner = innerOf(schema)
  if (!inner || own.label !== undefined) return { base: schema, required: true, ...own }
  const below = unwrap(inner)
  return {
    ...below,
    description: description || below.description,
    ...(def.type === 'optional' && { required: false }),
    ...defaultOf(schema, inner, below),
  }
}

function innerOf(schema: AnySchema): AnySchema | undefined {
  const def = schema._zod.def as {
    type: string
    innerType?: AnySchema
    in?: AnySchema
    out?: AnySchema
  }
  if (def.type === 'pipe') return def.in?._zod.def.type === 'transform' ? def.out : def.in
  return def.innerType
}

function defaultOf(
  schema: AnySchema,
  inner: AnySchema,
  { base }: Unwrapped,
): { required?: false; default?: string } {
  const def = schema._zod.def as { type: string; defaultValue?: unknown }
  if (def.type !== 'default' && def.type !== 'prefault') return {}
  const value = def.type === 'default' ? encoded(inner, def.defaultValue) : def.defaultValue
  if (base instanceof z.ZodObject && Object.keys(value ?? {}).length === 0)
    return { required: false }
  return { required: false, default: yamlText(value) }
}

// A default given after parsing (milliseconds) is shown as it is written (`10s`).
function encoded(schema: AnySchema, value: unknown): unknown {
  try {
    return z.encode(schema, value)
  } catch {
    return value
  }
}

function yamlText(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}

const names: ReadonlyMap<string, string> = new Map([
  ['object', 'map'],
  ['int', 'integer'],
  ['unknown', 'any value'],
  ['any', 'any value'],
])

function typeName(schema: AnySchema): string {
  const { base, label } = unwrap(schema)
  if (label !== undefined) return label
  if (base instanceof z.ZodArray) return `list of ${typeName(base.element)}`
  if (base instanceof z.ZodRecord) return `map of ${typeName(base.valueType)}`
  if (base instanceof z.ZodUnion) return [...new Set(base.options.map(typeName))].join(' or ')
  if (base instanceof z.ZodEnum)
    return base.options.map((value) => JSON.stringify(value)).join(' or ')
  if (base instanceof z.ZodLiteral)
    return [...base.values].map((value) => JSON.stringify(value)).join(' or ')
  if (base instanceof z.ZodNumber && base.format?.includes('int')) return 'integer'
  return names.get(base._zod.def.type) ?? base._zod.def.type
}
