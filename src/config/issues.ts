import type { core } from 'zod'
import { parseDuration } from './duration.ts'
import { keyPositionOf, nodeAt, positionOf } from './node.ts'
import type { ConfigNode } from './node.ts'
import { nearest } from './nearest.ts'
import { errorAt } from './problems.ts'
import type { Path, Problem } from './problems.ts'
import { alternatives, received, required } from './wording.ts'

type Issue = core.$ZodIssue

/**
 * The issues of a schema as problems, each at its place. Values that were already reported are left
 * out.
 */
export function problemsOf(issues: readonly Issue[], root: ConfigNode, base: Path): Problem[] {
  return issues.flatMap((issue) => problemsOfOne(issue, root, [...base, ...(issue.path as Path)]))
}

function problemsOfOne(issue: Issue, root: ConfigNode, path: Path): Problem[] {
  const node = nodeAt(root, path)
  if (node?.failed) return []
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, issue.message, root, path)
  if (issue.code === 'invalid_key') return invalidKey(issue.issues, root, path)
  if (issue.code === 'invalid_element') return problemsOf(issue.issues, root, path)
  if (issue.code === 'invalid_union' && issue.message !== required && issue.errors.length > 0) {
    return unionProblems(issue.errors, root, path)
  }
  const at = positionOf(root, path)
  const worded =
    issue.code === 'custom' && (node?.kind !== 'scalar' || issue.params?.['secret'] === true)
      ? issue.message
      : withReceived(issue.message, node)
  return [errorAt(at, path, `${worded}${hint(issue, node)}`)]
}

function withReceived(message: string, node: ConfigNode | undefined): string {
  if (!node || message.includes(', received ')) return message
  if (!message.startsWith('expected ') && !isWorthTelling(message, node)) return message
  return `${message}, received ${received(node)}`
}

// A rule of a component's own may be about a secret, which is neither a number nor a duration.
function isWorthTelling(message: string, node: ConfigNode): boolean {
  if (node.kind !== 'scalar' || node.value === null) return false
  const isHarmless = typeof node.value !== 'string' || parseDuration(node.value) !== undefined
  return isHarmless && !message.includes(String(node.value))
}

function hint(issue: Issue, node: ConfigNode | undefined): string {
  if (issue.code !== 'invalid_value' || node?.kind !== 'scalar') return ''
  // Versions are all alike.
  if (typeof node.value === 'number') return ''
  const close = nearest(String(node.value), issue.values.map(String))
  return close === undefined ? '' : `, did you mean ${JSON.stringify(close)}?`
}

// The message holds a line for each key, in order.
function unknownKeys(
  keys: readonly string[],
  message: string,
  root: ConfigNode,
  path: Path,
): Problem[] {
  const lines = message.split('\n')
  return keys.map((key, i) =>
    errorAt(keyPositionOf(root, [...path, key]), path, lines[i] ?? message),
  )
}

function invalidKey(issues: readonly Issue[], root: ConfigNode, path: Path): Problem[] {
  const key = JSON.stringify(path.at(-1))
  return issues.map(({ message }) =>
    errorAt(keyPositionOf(root, path), path.slice(0, -1), `key ${key}: ${message}`),
  )
}

// A branch that took the value's type and found fault with its inside is the one that was meant;
// when there is not exactly one, the types that would do are listed.
function unionProblems(
  branches: readonly (readonly Issue[])[],
  root: ConfigNode,
  path: Path,
): Problem[] {
  const meant = branches.filter((issues) => !issues.some(isTypeMismatch))
  if (meant.length === 1) return problemsOf(meant[0]!, root, path)
  const wishes = branches.flatMap((issues) =>
    issues.filter(isTypeMismatch).slice(0, 1).map(expectation),
  )
  const message =
    wishes.length > 0 ? `expected ${alternatives([...new Set(wishes)])}` : 'not a valid value'
  return [errorAt(positionOf(root, path), path, withReceived(message, nodeAt(root, path)))]
}

function isTypeMismatch({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

function expectation({ message }: Issue): string {
  return message.replace(/^expected /, '')
}
