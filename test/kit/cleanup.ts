// What the kit starts or makes is ended here: processes, namespaces, servers, temporary folders.
// Tests call `cleansUp()` of fixtures.ts, which calls `endAll` after them.

type Cleanup = () => unknown

const pending = new Map<symbol, { name: string; end: Cleanup }>()

/** Remembers what is to be ended; returns a function that forgets it again. */
export function atEnd(name: string, end: Cleanup): () => void {
  const key = Symbol(name)
  pending.set(key, { name, end })
  return () => void pending.delete(key)
}

/** Ends everything still open, latest first; reports failures only after all were tried. */
export async function endAll(): Promise<void> {
  const failures: Error[] = []
  for (const [key, { name, end }] of [...pending].reverse()) {
    if (!pending.delete(key)) continue
    try {
      await end()
    } catch (cause) {
      failures.push(new Error(`end ${name}`, { cause }))
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'not everything could be ended')
}
