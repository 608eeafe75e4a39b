import type { ConfigNode } from './node.ts'
import { errorAt } from './problems.ts'
import type { Position, Problem } from './problems.ts'

/** Nodes that aliases may add to a document, so that nested aliases cannot grow without bound. */
const maxAliased = 100_000

interface Anchor {
  /** Undefined while the anchored value is still being read. */
  readonly node?: ConfigNode
  readonly size: number
}

/** What is known while one document is read: its anchors so far and its problems. */
export class Reading {
  readonly locate: (offset: number) => Position
  readonly from: string | undefined
  readonly problems: Problem[] = []
  readonly #anchors = new Map<string, Anchor>()
  #made = 0
  #aliased = 0
  #exhausted = false

  constructor(locate: (offset: number) => Position, from: string | undefined) {
    this.locate = locate
    this.from = from
  }

  /** Reads a value and keeps it under its anchor, if it has one, for the aliases after it. */
  anchored(anchor: string | undefined, read: () => ConfigNode): ConfigNode {
    const before = this.#made++
    if (!anchor) return read()
    this.#anchors.set(anchor, { size: 0 })
    const node = read()
    this.#anchors.set(anchor, { node, size: this.#made - before })
    return node
  }

  /** The value of an alias. The nodes are shared, but counted as often as they are seen. */
  resolve(name: string, at: Position): ConfigNode {
    const anchor = this.#anchors.get(name)
    if (!anchor) return this.#failed(at, `alias "*${name}" has no anchor "&${name}" before it`)
    if (!anchor.node) return this.#failed(at, `alias "*${name}" contains itself`)
    this.#made += anchor.size
    this.#aliased += anchor.size
    return this.#aliased <= maxAliased ? anchor.node : this.#tooMany(at)
  }

  /** Reports a problem. */
  fail(at: Position, message: string): void {
    this.problems.push(errorAt(at, [], message))
  }

  #tooMany(at: Position): ConfigNode {
    if (!this.#exhausted) this.fail(at, `aliases repeat more than ${maxAliased} values`)
    this.#exhausted = true
    return failedAt(at)
  }

  #failed(at: Position, message: string): ConfigNode {
    this.fail(at, message)
    return failedAt(at)
  }
}

function failedAt(at: Position): ConfigNode {
  return { kind: 'scalar', at, value: null, failed: true }
}
