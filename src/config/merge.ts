import type { ConfigNode, MapEntry, MapNode } from './node.ts'

/**
 * Lays `later` over `earlier` as the Collector does: maps merge deep, everything else replaces. An
 * empty value erases what was there; `{}` keeps it. The places are those of the winning values; a
 * merged map keeps its first.
 */
export function merge(earlier: ConfigNode, later: ConfigNode): ConfigNode {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later
  return mergeMaps(earlier, later)
}

function mergeMaps(earlier: MapNode, later: MapNode): MapNode {
  const entries = new Map<string, MapEntry>(earlier.entries)
  for (const [key, entry] of later.entries) entries.set(key, mergeEntry(entries.get(key), entry))
  return { ...earlier, entries }
}

function mergeEntry(earlier: MapEntry | undefined, later: MapEntry): MapEntry {
  if (earlier?.value.kind !== 'map' || later.value.kind !== 'map') return later
  return { keyAt: earlier.keyAt, value: mergeMaps(earlier.value, later.value) }
}
