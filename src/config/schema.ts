import type { ZodType, z } from 'zod'
import { problemsOf } from './issues.ts'
import { nodeAt, toPlain } from './node.ts'
import type { ConfigNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { Path, Problem } from './problems.ts'
import { Repairs } from './repair.ts'
import { wordIssue } from './wording.ts'

/** What a schema made of a value; `value` is there only when there is no problem. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly problems: readonly [] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Runs a schema over the value at a path of a document. Every issue becomes a problem at the value
 * (at the key for an unknown one). A field that wants a string gets the text of a scalar as written
 * (`0123`, `1.10`); an empty value (`tls:`) is an empty map where a map is wanted, and elsewhere as
 * if the key were not there.
 */
export function checkSchema<S extends ZodType>(
  schema: S,
  root: ConfigNode,
  path: Path = [],
): Checked<z.output<S>> {
  const node = nodeAt(root, path)
  const repairs = new Repairs(node && toPlain(node), node)
  let result = schema.safeParse(repairs.value, { error: wordIssue })
  while (!result.success && repairs.apply(result.error.issues)) {
    result = schema.safeParse(repairs.value, { error: wordIssue })
  }
  const found = problemsOf(result.error?.issues ?? [], root, path)
  const keys = node ? prototypeKeys(node, path) : []
  const problems = [
    ...found,
    ...keys.filter((key) => !found.some((other) => samePlace(key, other))),
  ]
  if (result.success && problems.length === 0) return { ok: true, value: result.data, problems: [] }
  return { ok: false, problems }
}

function samePlace(a: Problem, b: Problem): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column
}

// Zod leaves this key out of records without a word.
function prototypeKeys(node: ConfigNode, path: Path): Problem[] {
  if (node.kind === 'scalar') return []
  if (node.kind === 'list') {
    return node.items.flatMap((item, i) => prototypeKeys(item, [...path, i]))
  }
  return [...node.entries].flatMap(([key, { keyAt, value }]) => {
    if (key === '__proto__') return [errorAt(keyAt, path, 'unknown key "__proto__"')]
    return prototypeKeys(value, [...path, key])
  })
}
