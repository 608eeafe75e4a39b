import { isEmpty, keyPositionOf, nodeAt, positionOf } from './node.ts'
import type { ConfigNode, MapNode } from './node.ts'
import { errorAt, warningAt } from './problems.ts'
import type { Path, Problem } from './problems.ts'
import { received, unknownKey } from './wording.ts'

/** The whole configuration while it is read: one tree, and the problems found in it so far. */
export class ConfigDocument {
  readonly root: ConfigNode
  readonly problems: Problem[]
  #ofOptions = 0

  constructor(root: ConfigNode, problems: readonly Problem[] = []) {
    this.root = root
    this.problems = [...problems]
  }

  /** Takes what is wrong with the options of one thing: how things are joined stays known. */
  optionProblems(problems: readonly Problem[]): void {
    this.#ofOptions += problems.length
    this.problems.push(...problems)
  }

  /** False once a problem leaves open which components there are, or how pipelines join them. */
  get graphIsKnown(): boolean {
    const errors = this.problems.filter(({ severity }) => severity === 'error')
    return errors.length === this.#ofOptions
  }

  /** The value at a path. */
  node(path: Path): ConfigNode | undefined {
    return nodeAt(this.root, path)
  }

  /** An error at the value of a path. */
  error(path: Path, message: string): void {
    this.problems.push(errorAt(positionOf(this.root, path), path, message))
  }

  /** An error at the key a path ends in. */
  keyError(path: Path, message: string): void {
    this.problems.push(errorAt(keyPositionOf(this.root, path), path, message))
  }

  /** A warning at the key a path ends in. */
  keyWarning(path: Path, message: string): void {
    this.problems.push(warningAt(keyPositionOf(this.root, path), path, message))
  }

  /**
   * The map at a path, empty when nothing is there. Reports anything else and returns undefined.
   */
  map(path: Path): MapNode | undefined {
    const node = this.node(path)
    if (node === undefined || isEmpty(node)) {
      return node?.failed
        ? undefined
        : { kind: 'map', at: positionOf(this.root, path), entries: new Map() }
    }
    if (node.kind === 'map') return node
    this.error(path, `expected a map, received ${received(node)}`)
    return undefined
  }

  /**
   * The texts of a list at a path, each with its own path. Reports what is neither, and returns
   * undefined for it.
   */
  texts(path: Path): { text: string; path: Path }[] | undefined {
    const node = this.node(path)
    if (node?.failed) return undefined
    if (node === undefined || isEmpty(node)) return []
    if (node.kind !== 'list') {
      this.error(path, `expected a list, received ${received(node)}`)
      return undefined
    }
    return node.items.flatMap((_, i) => this.#text([...path, i]))
  }

  #text(path: Path): { text: string; path: Path }[] {
    const node = this.node(path)!
    if (node.failed) return []
    const text = node.kind === 'scalar' ? (node.text ?? node.value) : null
    if (typeof text === 'string') return [{ text, path }]
    this.error(path, `expected a string, received ${received(node)}`)
    return []
  }

  /** Reports the keys of a map that are not among the known ones. */
  onlyKeys(path: Path, map: MapNode, known: readonly string[]): void {
    for (const key of map.entries.keys()) {
      if (known.includes(key)) continue
      const at = keyPositionOf(this.root, [...path, key])
      this.problems.push(errorAt(at, path, unknownKey(key, known)))
    }
  }
}
