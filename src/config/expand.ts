import type { ConfigNode, MapEntry, ScalarNode } from './node.ts'
import { errorAt, formatProblem, warningAt } from './problems.ts'
import type { Path, Problem } from './problems.ts'
import { Fetcher } from './reference.ts'
import type { Fetched, Reference, Surroundings } from './reference.ts'
import { loadYaml, maxDepth } from './source.ts'
import type { LoadedYaml } from './source.ts'
import { TemplateError, parseTemplate } from './template.ts'

/** Where an expansion stands: its path, and the references that led to it. */
interface Trail {
  readonly path: Path
  readonly depth: number
  readonly chain: readonly string[]
}

interface Expansion {
  readonly fetcher: Fetcher
  readonly problems: Problem[]
}

/**
 * Expands every `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`, `${file:path}` and `${yaml:text}`
 * in the values of a document, never in its keys; `$$` becomes `$`. A value that is one reference
 * and nothing else is read as YAML and takes its type from there, its text kept for fields that
 * want a string; within a longer text it is text. A variable that is not set and has no default is
 * empty, with a warning.
 */
export function expand(
  root: ConfigNode,
  surroundings: Surroundings,
): { node: ConfigNode; problems: Problem[] } {
  const expansion: Expansion = { fetcher: new Fetcher(surroundings), problems: [] }
  const node = expandNode(root, { path: [], depth: 0, chain: [] }, expansion)
  return { node, problems: expansion.problems }
}

function expandNode(node: ConfigNode, trail: Trail, expansion: Expansion): ConfigNode {
  if (trail.depth > 2 * maxDepth) return fail(node, trail, 'nested too deep', expansion)
  if (node.kind === 'scalar') return expandScalar(node, trail, expansion)
  if (node.kind === 'list') {
    const items = node.items.map((item, i) => expandNode(item, down(trail, i), expansion))
    return { ...node, items }
  }
  const entries = new Map<string, MapEntry>()
  for (const [key, entry] of node.entries) {
    entries.set(key, { ...entry, value: expandNode(entry.value, down(trail, key), expansion) })
  }
  return { ...node, entries }
}

function down({ path, depth, chain }: Trail, step: string | number): Trail {
  return { path: [...path, step], depth: depth + 1, chain }
}

function expandScalar(node: ScalarNode, trail: Trail, expansion: Expansion): ConfigNode {
  if (typeof node.value !== 'string' || !node.value.includes('$')) return node
  try {
    return expandText(node, node.value, trail, expansion)
  } catch (error) {
    if (error instanceof TemplateError) return fail(node, trail, error.message, expansion)
    throw error
  } finally {
    warnOfUnset(node, trail, expansion)
  }
}

function expandText(
  node: ScalarNode,
  value: string,
  trail: Trail,
  expansion: Expansion,
): ConfigNode {
  const parts = parseTemplate(value)
  const [first] = parts
  if (parts.length === 1 && first?.kind === 'reference') {
    return expandWhole(node, first, trail, expansion)
  }
  const text = expansion.fetcher.textOf(parts, trail.chain)
  const plain = parts.every(({ kind }) => kind === 'text')
  return plain ? { ...node, value: text } : { from: value, ...node, value: text }
}

function warnOfUnset({ at }: ScalarNode, { path }: Trail, { fetcher, problems }: Expansion): void {
  for (const name of fetcher.takeUnset()) {
    const advice = `\${env:${name}:-value} gives a default`
    problems.push(
      warningAt(at, path, `environment variable "${name}" is not set, left empty (${advice})`),
    )
  }
}

function expandWhole(
  node: ScalarNode,
  reference: Reference,
  trail: Trail,
  expansion: Expansion,
): ConfigNode {
  const fetched = expansion.fetcher.fetch(reference, trail.chain)
  const from = node.from ?? reference.raw
  const loaded = loadYaml(fetched.text, fetched.file ?? node.at.file, {
    from: fetched.file === undefined ? from : undefined,
    at: fetched.file === undefined ? node.at : undefined,
  })
  const value = { ...typed(fetched, loaded, node), from }
  if (fetched.done) return value
  const chain = [...trail.chain, reference.raw]
  return expandNode(value, { ...trail, depth: trail.depth + 1, chain }, expansion)
}

// What is text anyway, or no YAML, is the value as it stands: quotes, `#` and spaces in a password
// belong to it.
function typed(
  { text, file }: Fetched,
  { root, problems }: LoadedYaml,
  { at }: ScalarNode,
): ConfigNode {
  const [broken] = problems
  if (broken) return { kind: 'scalar', at, value: text, ...(file !== undefined && noteOf(broken)) }
  if (!root) return { kind: 'scalar', at, value: null }
  if (root.kind !== 'scalar') return text.includes('$') ? root : { ...root, text }
  return typeof root.value === 'string' ? { ...root, at, value: text } : { ...root, at, text }
}

// Parts of the text are left out: it may be a secret.
function noteOf(broken: Problem): { note: string } {
  return { note: formatProblem(broken).replace(/: ".*"$/s, '') }
}

function fail(
  node: ConfigNode,
  { path }: Trail,
  message: string,
  { problems }: Expansion,
): ConfigNode {
  problems.push(errorAt(node.at, path, message))
  return { kind: 'scalar', at: node.at, value: null, failed: true }
}
