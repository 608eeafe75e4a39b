import type { Path, Position } from './problems.ts'

interface Common {
  /** Where the value begins. */
  readonly at: Position
  /**
   * What the user wrote, or what an expansion brought, for fields that want a string: `0123`,
   * `1.10`.
   */
  readonly text?: string
  /** The expansion that brought the value, as written: `${env:PORT}`. */
  readonly from?: string
  /** Why a value that looks like YAML was taken as text. */
  readonly note?: string
  /** A problem has been reported for this value; another one about its type would be noise. */
  readonly failed?: boolean
}

/** A single value. */
export interface ScalarNode extends Common {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
}

/** A list. */
export interface ListNode extends Common {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
}

/** A map. Keys are kept in a Map, so `__proto__` and `constructor` are keys like any other. */
export interface MapNode extends Common {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, MapEntry>
}

/** A value of a map and the place of its key. */
export interface MapEntry {
  readonly keyAt: Position
  readonly value: ConfigNode
}

/**
 * One value of a document, with its place. Never changed after it was made; may be shared through
 * aliases.
 */
export type ConfigNode = ScalarNode | ListNode | MapNode

/** A map node. */
export function mapOf(at: Position, entries: Iterable<[string, MapEntry]> = []): MapNode {
  return { kind: 'map', at, entries: new Map(entries) }
}

/** An empty value: `batch:`, `~`, `null`, an empty variable. */
export function isEmpty(node: ConfigNode | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null)
}

/** The child one step down, or undefined. */
export function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.value
  return node.kind === 'list' ? node.items[Number(step)] : undefined
}

/** The node at a path, or undefined when nothing is there. */
export function nodeAt(root: ConfigNode, path: Path): ConfigNode | undefined {
  let node: ConfigNode | undefined = root
  for (const step of path) node = node && childOf(node, step)
  return node
}

/**
 * The place of a value; for an empty or absent one the place of its key, else of the nearest
 * parent's key.
 */
export function positionOf(root: ConfigNode, path: Path): Position {
  let node = root
  let at = root.at
  for (const step of path) {
    const next = childOf(node, step)
    if (next === undefined) return at
    at = keyPosition(node, step) ?? next.at
    node = next
  }
  return isEmpty(node) ? at : node.at
}

/** The place of the key that a path ends in; like `positionOf` where there is none. */
export function keyPositionOf(root: ConfigNode, path: Path): Position {
  const parent = nodeAt(root, path.slice(0, -1))
  const last = path.at(-1)
  const at = parent && last !== undefined ? keyPosition(parent, last) : undefined
  return at ?? positionOf(root, path)
}

function keyPosition(node: ConfigNode, step: string | number): Position | undefined {
  return node.kind === 'map' ? node.entries.get(String(step))?.keyAt : undefined
}

/** Plain JavaScript values of a node. Maps have no prototype, so no key can reach one. */
export function toPlain(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(toPlain)
  const plain: Record<string, unknown> = Object.create(null)
  for (const [key, { value }] of node.entries) plain[key] = toPlain(value)
  return plain
}
