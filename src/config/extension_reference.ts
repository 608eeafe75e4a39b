import { z } from 'zod'
import type { core } from 'zod'
import { unwrap } from './describe.ts'
import { parseId } from './ids.ts'
import type { ConfigNode } from './node.ts'
import type { Path } from './problems.ts'

const label = 'extension id'

/**
 * An option that names an extension, such as `storage: file_storage`. `validate` says where it is not
 * configured or does not start; without that only the start would.
 */
export function extensionId(): z.ZodString {
  return z.string().min(1).meta({ label })
}

/** An extension that an option names, and where. */
export interface ExtensionReference {
  readonly id: string
  readonly path: Path
}

/** The extensions that options name, by a schema that says which of them do. */
export function extensionReferences(
  schema: core.$ZodType,
  node: ConfigNode | undefined,
  path: Path,
): ExtensionReference[] {
  if (!node) return []
  const { base, label: found } = unwrap(schema)
  if (found === label) return referenceIn(node, path)
  if (base instanceof z.ZodUnion) {
    return base.options.flatMap((option) => extensionReferences(option, node, path))
  }
  if (node.kind === 'list' && base instanceof z.ZodArray) {
    const { element } = base
    return node.items.flatMap((item, i) => extensionReferences(element, item, [...path, i]))
  }
  if (node.kind !== 'map') return []
  return [...node.entries].flatMap(([key, { value }]) => {
    const field = fieldOf(base, key)
    return field ? extensionReferences(field, value, [...path, key]) : []
  })
}

function fieldOf(base: core.$ZodType, key: string): core.$ZodType | undefined {
  if (base instanceof z.ZodRecord) return base.valueType
  if (!(base instanceof z.ZodObject)) return undefined
  const shape = base.shape as Record<string, core.$ZodType>
  return Object.hasOwn(shape, key) ? shape[key] : undefined
}

function referenceIn(node: ConfigNode, path: Path): ExtensionReference[] {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
  const parsed = parseId(text)
  return parsed.ok ? [{ id: parsed.id.id, path }] : []
}
