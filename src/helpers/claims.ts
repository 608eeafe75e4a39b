const claimed = new Set<string>()

/**
 * Claims something that only one component of the process may have at a time, such as a file that is
 * written to. Returns what gives it back. Throws when it is taken: after a reload a component that
 * replaces another one is started again once that has ended.
 */
export function claim(what: string): () => void {
  if (claimed.has(what)) throw new Error(`another component has ${what}`)
  claimed.add(what)
  return () => void claimed.delete(what)
}
