import type { CST } from 'yaml'

/**
 * The offset of the first token nested deeper than `limit`, or undefined. Composing nodes is
 * recursive, so a hostile document would end in a stack overflow; the tokens below it are walked
 * with a stack of our own.
 */
export function tooDeep(tokens: readonly CST.Token[], limit: number): number | undefined {
  const stack = tokens.map((token) => ({ token, depth: 0 }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { token, depth } = next
    if (depth > limit) return token.offset
    for (const child of childrenOf(token)) stack.push({ token: child, depth: depth + 1 })
  }
  return undefined
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : []
  if (!('items' in token)) return []
  const children: CST.Token[] = []
  for (const item of token.items) {
    if (item.key) children.push(item.key)
    if (item.value) children.push(item.value)
  }
  return children
}
