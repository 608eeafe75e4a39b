import type { core } from 'zod'
import { nodeAt } from './node.ts'
import type { ConfigNode } from './node.ts'
import { formatPath } from './problems.ts'
import type { Path } from './problems.ts'

type Issue = core.$ZodIssue

/** What a schema wanted at a path, taken from one of its issues. */
interface Wish {
  readonly path: Path
  readonly expected: string
  readonly values?: readonly unknown[]
}

/**
 * The plain values of a node while a schema is tried on them. YAML has already given scalars a
 * type; where the schema disagrees only about that, the value is put right and the schema tried
 * again. Each value at most twice.
 */
export class Repairs {
  readonly #box: { value: unknown }
  readonly #node: ConfigNode | undefined
  readonly #done = new Set<string>()

  constructor(value: unknown, node: ConfigNode | undefined) {
    this.#box = { value }
    this.#node = node
  }

  /** The values as they are now. */
  get value(): unknown {
    return this.#box.value
  }

  /** Puts right what can be; false when nothing could. */
  apply(issues: readonly Issue[]): boolean {
    return (
      issues.flatMap((issue) => wishesOf(issue, [])).filter((wish) => this.#grant(wish)).length > 0
    )
  }

  #grant({ path, expected, values }: Wish): boolean {
    const node = this.#node && nodeAt(this.#node, path)
    if (!node) return false
    const { text } = node
    if (text !== undefined && (expected === 'string' || values?.includes(text))) {
      return this.#once('text', path, text)
    }
    if (node.kind !== 'scalar' || node.value !== null) return false
    const map = expected === 'object' || expected === 'record'
    return this.#once(map ? 'map' : 'absent', path, map ? Object.create(null) : undefined)
  }

  // A map wins over "absent" whichever branch of a union asks first.
  #once(kind: string, path: Path, value: unknown): boolean {
    const key = `${kind} ${formatPath(path)}`
    if (this.#done.has(key)) return false
    if (kind === 'absent' && this.#done.has(`map ${formatPath(path)}`)) return false
    this.#done.add(key)
    return this.#put(path, value)
  }

  #put(path: Path, value: unknown): boolean {
    const steps = ['value', ...path]
    const last = steps.pop()!
    let parent: unknown = this.#box
    for (const step of steps)
      parent = (parent as Record<string | number, unknown> | undefined)?.[step]
    if (typeof parent !== 'object' || parent === null) return false
    if (value === undefined && Array.isArray(parent)) return false
    if (value === undefined) delete (parent as Record<string | number, unknown>)[last]
    else (parent as Record<string | number, unknown>)[last] = value
    return true
  }
}

function wishesOf(issue: Issue, base: Path): Wish[] {
  const path = [...base, ...(issue.path as Path)]
  if (issue.code === 'invalid_union') {
    return issue.errors.flatMap((branch) => branch.flatMap((inner) => wishesOf(inner, path)))
  }
  if (issue.code === 'invalid_type') return [{ path, expected: issue.expected }]
  if (issue.code === 'invalid_value') return [{ path, expected: 'value', values: issue.values }]
  return []
}
