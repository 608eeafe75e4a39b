import { createHash } from 'node:crypto'
import type { ZodType } from 'zod'
import type { ConfigDocument } from './document.ts'
import { parseId } from './ids.ts'
import type { Id } from './ids.ts'
import { nearest } from './nearest.ts'
import { toPlain } from './node.ts'
import type { ConfigNode } from './node.ts'
import type { Path } from './problems.ts'
import { componentKinds, sectionOf, withArticle } from './registry.ts'
import type { ComponentKind, Registry } from './registry.ts'
import { checkSchema } from './schema.ts'

/** A configured component. */
export interface ComponentConfig {
  readonly kind: ComponentKind
  /** As written: `otlp/backup`. */
  readonly id: string
  /** The present name of its type, also where an older one was written. */
  readonly type: string
  /** The part of the id after the slash, '' when there is none. */
  readonly name: string
  /** What its schema made of its options; undefined where they are wrong. */
  readonly config: unknown
  readonly schema: ZodType
  /** Changes when its options do; the same in two configurations means that nothing changed. */
  readonly fingerprint: string
  /** `['exporters', 'otlp/backup']`. */
  readonly path: Path
}

/** The components of a kind by id. Undefined stands for one of a type that is not known. */
export type ComponentTable = ReadonlyMap<string, ComponentConfig | undefined>

/** The components of all kinds. */
export type Tables = Readonly<Record<ComponentKind, ComponentTable>>

/** Reads one section; every problem in it goes to the document. */
export function readComponents(
  document: ConfigDocument,
  kind: ComponentKind,
  registry: Registry,
): Map<string, ComponentConfig | undefined> {
  const section = sectionOf(kind)
  const table = new Map<string, ComponentConfig | undefined>()
  for (const key of document.map([section])?.entries.keys() ?? []) {
    const path = [section, key]
    const parsed = parseId(key)
    if (!parsed.ok) document.keyError(path, parsed.message)
    else if (table.has(parsed.id.id)) document.keyError(path, `duplicate id "${parsed.id.id}"`)
    else table.set(parsed.id.id, readComponent(document, kind, registry, parsed.id, path))
  }
  return table
}

function readComponent(
  document: ConfigDocument,
  kind: ComponentKind,
  registry: Registry,
  { id, type, name }: Id,
  path: Path,
): ComponentConfig | undefined {
  const known = registry.lookup(kind, type)
  if (!known) {
    document.keyError(path, unknownType(kind, type, registry))
    return undefined
  }
  if (known.type !== type) {
    document.keyWarning(path, `"${type}" is the old name of "${known.type}", write "${known.type}"`)
  }
  const { schema } = known
  const checked = checkSchema(schema, document.root, path)
  document.optionProblems(checked.problems)
  const config = checked.ok ? checked.value : undefined
  const fingerprint = fingerprintOf(document.node(path)!)
  return { kind, id, type: known.type, name, config, schema, fingerprint, path }
}

// What the Collector has given up, and what it advises.
const successors: ReadonlyMap<string, string> = new Map([
  ['exporter logging', 'debug'],
  ['exporter jaeger', 'otlp_grpc'],
])

function unknownType(kind: ComponentKind, type: string, registry: Registry): string {
  const types = registry.types(kind).toSorted()
  const successor = successors.get(`${kind} ${type}`)
  if (successor !== undefined && types.includes(successor)) {
    return `the ${type} ${kind} has been given up, use the ${successor} ${kind} instead`
  }
  const close = nearest(type, types)
  const meant = close === undefined ? otherKinds(type, registry) : `, did you mean "${close}"?`
  const valid = types.length === 0 ? `there is no ${kind}` : `valid values: ${types.join(', ')}`
  return `unknown ${kind} type "${type}"${meant} (${valid})`
}

function otherKinds(type: string, registry: Registry): string {
  const kinds = componentKinds.filter((kind) => registry.lookup(kind, type)).map(withArticle)
  return kinds.length === 0 ? '' : `, it is ${kinds.join(' and ')}`
}

function fingerprintOf(node: ConfigNode): string {
  return createHash('sha256')
    .update(JSON.stringify(contentOf(node)))
    .digest('hex')
}

// Without the places: moving a component within the file changes nothing.
function contentOf(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return [toPlain(node), node.text]
  if (node.kind === 'list') return node.items.map(contentOf)
  return [...node.entries].map(([key, { value }]) => [key, contentOf(value)])
}
