import { merge } from './merge.ts'
import { mapOf } from './node.ts'
import type { ConfigNode, MapEntry } from './node.ts'

/** Takes keys joined with `::` apart, at every level: `a::b: 1` is `a: {b: 1}`. */
export function splitJoinedKeys(node: ConfigNode): ConfigNode {
  if (node.kind === 'scalar') return node
  if (node.kind === 'list') return { ...node, items: node.items.map(splitJoinedKeys) }
  let whole: ConfigNode = mapOf(node.at)
  for (const [key, entry] of node.entries) {
    whole = merge(whole, nest(key.split('::'), { ...entry, value: splitJoinedKeys(entry.value) }))
  }
  return whole
}

function nest(keys: readonly string[], { keyAt, value }: MapEntry): ConfigNode {
  return keys.reduceRight<ConfigNode>(
    (node, key) => mapOf(keyAt, [[key, { keyAt, value: node }]]),
    value,
  )
}
