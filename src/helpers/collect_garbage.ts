/** V8's own function, which is there where Node.js was started with --expose-gc. */
type CollectGarbage = (options: { type: 'major'; execution: 'async' }) => Promise<void>

/**
 * Has garbage collected, in a turn of its own: resolves with true when that is done, at once with
 * false where Node.js was not started so that it can be asked. bin/waggle does.
 */
export async function collectGarbage(): Promise<boolean> {
  const { gc } = globalThis as { gc?: CollectGarbage }
  if (!gc) return false
  await gc({ type: 'major', execution: 'async' })
  return true
}
