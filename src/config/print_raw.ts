import type { ZodType } from 'zod'
import { toPlain } from './node.ts'
import type { ConfigNode, MapNode } from './node.ts'
import { parseId } from './ids.ts'
import { plainOptions, printPlain } from './print.ts'
import type { PrintMode, PrintOptions } from './print.ts'
import { componentKinds, sectionOf } from './registry.ts'
import type { ComponentKind, Registry } from './registry.ts'
import { checkSchema } from './schema.ts'
import { limitsConfig, telemetryConfig } from './service.ts'

const redacted = '[REDACTED]'

/**
 * A configuration that need not be right: merged and expanded. Options that their schema takes are
 * shown as in force; the others as they are written, in `redacted` mode without their texts and
 * numbers, for nothing says which of them are secret.
 */
export function printRawConfig(
  root: ConfigNode,
  registry: Registry,
  { format = 'yaml', mode = 'redacted' }: PrintOptions = {},
): string {
  if (root.kind !== 'map') return printPlain(asWritten(root, mode), format)
  const sections = [...root.entries].map(([key, { value }]) => {
    const kind = componentKinds.find((one) => sectionOf(one) === key)
    if (kind && value.kind === 'map') return [key, sectionOfTree(value, kind, registry, mode)]
    if (key === 'service' && value.kind === 'map') return [key, serviceOfTree(value, mode)]
    return [key, asWritten(value, mode)]
  })
  return printPlain(Object.fromEntries(sections), format)
}

function sectionOfTree(
  { entries }: MapNode,
  kind: ComponentKind,
  registry: Registry,
  mode: PrintMode,
): Record<string, unknown> {
  const options = [...entries].map(([id, { value }]) => {
    const parsed = parseId(id)
    const schema = parsed.ok ? registry.lookup(kind, parsed.id.type)?.schema : undefined
    return [id, schema ? optionsOf(schema, value, mode) : asWritten(value, mode)]
  })
  return Object.fromEntries(options)
}

function optionsOf(schema: ZodType, node: ConfigNode, mode: PrintMode): unknown {
  const checked = checkSchema(schema, node)
  return checked.ok ? plainOptions(schema, checked.value, mode) : asWritten(node, mode)
}

// Names of components are no secrets, whatever else is wrong with them.
function serviceOfTree({ entries }: MapNode, mode: PrintMode): Record<string, unknown> {
  const parts = [...entries].map(([key, { value }]) => {
    if (key === 'telemetry') return [key, optionsOf(telemetryConfig, value, mode)]
    if (key === 'limits') return [key, optionsOf(limitsConfig, value, mode)]
    const isNames = key === 'extensions' || key === 'pipelines'
    return [key, isNames ? toPlain(value) : asWritten(value, mode)]
  })
  return Object.fromEntries(parts)
}

function asWritten(node: ConfigNode, mode: PrintMode): unknown {
  if (mode === 'unredacted') return toPlain(node)
  if (node.kind === 'scalar') return isShown(node.value) ? node.value : redacted
  if (node.kind === 'list') return node.items.map((item) => asWritten(item, mode))
  return Object.fromEntries(
    [...node.entries].map(([key, { value }]) => [key, asWritten(value, mode)]),
  )
}

function isShown(value: unknown): boolean {
  return value === null || typeof value === 'boolean'
}
