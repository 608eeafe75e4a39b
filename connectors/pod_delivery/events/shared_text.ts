/** Texts that are known at most, and how long they may be: a text of its own is not worth a place. */
const MAX_KNOWN = 8192
const MAX_CHARS = 160

const known = new Map<string, string>()

/**
 * The same text, kept once: what is told of pods are the same few names, reasons and messages again and
 * again, and a parser makes a new text of each.
 */
export function shared(text: string): string {
  if (text.length > MAX_CHARS) return text
  const found = known.get(text)
  if (found !== undefined) return found
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(text, text)
  return text
}
