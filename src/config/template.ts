/** A stretch of text, or a `${…}` in it whose inside may hold further ones. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly inside: readonly Part[]; readonly raw: string }

/** Why a text with `${…}` in it cannot be read. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

/** References inside references that a text may have. */
export const maxNesting = 100

interface Cursor {
  readonly text: string
  offset: number
}

/** Splits a text at its `${…}`; `$$` becomes `$`. Throws TemplateError. */
export function parseTemplate(text: string): Part[] {
  return readParts({ text, offset: 0 }, 0)
}

// Inside a reference plain braces are counted, so that ${yaml:{a: 1}} ends at its last brace.
function readParts(cursor: Cursor, depth: number): Part[] {
  if (depth > maxNesting) throw new TemplateError(`"\${" nested more than ${maxNesting} deep`)
  const parts: Part[] = []
  let braces = 0
  while (cursor.offset < cursor.text.length) {
    const [token = ''] = nextToken(cursor)
    if (token === '}' && depth > 0 && braces === 0) return parts
    if (token === '${') {
      parts.push(readReference(cursor, depth))
      continue
    }
    if (depth > 0) braces += token === '{' ? 1 : token === '}' ? -1 : 0
    parts.push({ kind: 'text', text: token === '$$' ? '$' : token })
  }
  if (depth > 0) throw new TemplateError('"${" without its "}" (write "$${" for the text itself)')
  return joined(parts)
}

function readReference(cursor: Cursor, depth: number): Part {
  const start = cursor.offset - 2
  const inside = joined(readParts(cursor, depth + 1))
  return { kind: 'reference', inside, raw: cursor.text.slice(start, cursor.offset) }
}

const tokens = /\$\$|\$\{|\$|[{}]|[^${}]+/y

function nextToken(cursor: Cursor): RegExpExecArray {
  tokens.lastIndex = cursor.offset
  const match = tokens.exec(cursor.text)!
  cursor.offset = tokens.lastIndex
  return match
}

function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (part.kind === 'text' && last?.kind === 'text') {
      result[result.length - 1] = { kind: 'text', text: last.text + part.text }
    } else result.push(part)
  }
  return result
}
