import type { ConfigNode, ListNode, MapEntry, MapNode } from './node.ts'
import type { Path } from './problems.ts'

/** How texts are laid over each other. */
export interface MergeOptions {
  /** Join the lists that name extensions, and a pipeline's receivers and exporters. */
  readonly appendLists?: boolean
}

/**
 * Lays `later` over `earlier` as the Collector does: maps merge deep, everything else replaces. An
 * empty value erases what was there; `{}` keeps it. The places are those of the winning values; a
 * merged map or list keeps its first.
 */
export function merge(
  earlier: ConfigNode,
  later: ConfigNode,
  { appendLists = false }: MergeOptions = {},
): ConfigNode {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  return mergeMaps(earlier, later, appendLists ? [] : undefined)
}

// The path is kept only where lists are joined.
function mergeMaps(earlier: MapNode, later: MapNode, path: Path | undefined): MapNode {
  const entries = new Map<string, MapEntry>(earlier.entries)
  for (const [key, entry] of later.entries) {
    entries.set(key, mergeEntry(entries.get(key), entry, path && [...path, key]))
  }
  return { ...earlier, entries }
}

function mergeEntry(
  earlier: MapEntry | undefined,
  later: MapEntry,
  path: Path | undefined,
): MapEntry {
  const before = earlier?.value
  const { value } = later
  if (before?.kind === 'map' && value.kind === 'map') {
    return { keyAt: earlier!.keyAt, value: mergeMaps(before, value, path) }
  }
  if (path && before?.kind === 'list' && value.kind === 'list' && isJoined(path)) {
    return { keyAt: earlier!.keyAt, value: joined(before, value) }
  }
  return later
}

// The order of processors means something, so theirs are never joined.
function isJoined(path: Path): boolean {
  const [first, second] = path
  if (first !== 'service') return false
  if (path.length === 2) return second === 'extensions'
  return path.at(-1) === 'receivers' || path.at(-1) === 'exporters'
}

function joined(earlier: ListNode, later: ListNode): ListNode {
  const known = new Set(earlier.items.map(textOf))
  const added = later.items.filter((item) => item.kind !== 'scalar' || !known.has(textOf(item)))
  return { ...earlier, items: [...earlier.items, ...added] }
}

function textOf(node: ConfigNode): string | undefined {
  return node.kind === 'scalar' ? (node.text ?? String(node.value)) : undefined
}
