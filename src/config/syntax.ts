import type { YAMLParseError } from 'yaml'
import { errorAt } from './problems.ts'
import type { Position, Problem } from './problems.ts'

const leftover = /^Unexpected .* (?:token in YAML stream|at node end)/

/**
 * The syntax errors of a document worth reading: the first of each line, and none of those that
 * only say that the rest of the text makes no sense after an earlier one.
 */
export function syntaxProblems(
  errors: readonly YAMLParseError[],
  text: string,
  locate: (offset: number) => Position,
): Problem[] {
  const byLine = new Map<number, Problem>()
  for (const error of errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    if (byLine.size > 0 && leftover.test(error.message)) continue
    const at = locate(error.pos[0])
    if (!byLine.has(at.line)) byLine.set(at.line, errorAt(at, [], wordSyntax(error, text)))
  }
  return [...byLine.values()]
}

function wordSyntax({ message, pos }: YAMLParseError, text: string): string {
  if (text.startsWith('${', pos[0] - 1))
    return 'invalid YAML: "${…}" inside [ ] or { } must be quoted'
  return `invalid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}
