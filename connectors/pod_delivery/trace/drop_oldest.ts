/**
 * Drops what was put first of more than so many; returns whether it did. Who is first is asked only
 * then: a map passes over all that was deleted before it to tell.
 */
export function dropOldest(map: Map<string, unknown>, most: number): boolean {
  if (map.size <= most) return false
  for (const oldest of map.keys()) return map.delete(oldest)
  return false
}
