/** Deeper than any configuration of a component. */
const MAX_DEPTH = 16

/**
 * Which of some extensions a component's options name: a component says by an extension's id that it
 * uses it, as in `storage: file_storage`.
 */
export function mentioned(config: unknown, ids: ReadonlySet<string>, depth = 0): Set<string> {
  if (ids.size === 0 || depth > MAX_DEPTH) return new Set()
  if (typeof config === 'string') return new Set(ids.has(config) ? [config] : [])
  if (typeof config !== 'object' || config === null) return new Set()
  const values: unknown[] = Object.values(config)
  return new Set(values.flatMap((value) => [...mentioned(value, ids, depth + 1)]))
}
