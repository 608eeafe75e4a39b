import { fileExtension } from './file_extensions.ts'
import type { PathSegments } from './path_segments.ts'
import type { Route } from './route.ts'
import { RouteNode } from './route_node.ts'
import { SEGMENT } from './segment_kind.ts'

/** What a tree of routes goes by. */
export interface RouteTreeOptions {
  /** Words that may follow each other's place before they become a placeholder. */
  readonly maxChildren: number
  /** What stands for a segment that varies. */
  readonly placeholder: string
  /** False where every segment stays as it is. */
  readonly placeholders: boolean
  /** What is used where there is no room to learn, or nothing may be learned. */
  readonly unknown: Route
}

/** Nodes that may still be made, by all trees that share it. */
export interface Room {
  left: number
}

/**
 * Learns routes from paths. A segment that looks like a value is a placeholder at once; words become
 * one when more than a few stand at the same place, and stay one.
 */
export class RouteTree {
  readonly #options: RouteTreeOptions
  readonly #room: Room
  readonly #root = new RouteNode('')

  constructor(options: RouteTreeOptions, room: Room) {
    this.#options = options
    this.#room = room
  }

  /**
   * The route of a path.
   * @param learn false where the path may be one that the application does not have
   */
  find(path: PathSegments, learn: boolean): Route {
    if (path.tooMany) return this.#options.unknown
    let node = this.#root
    for (let n = 0; n < path.count; n++) {
      const next = this.#step(node, path, n, learn)
      if (next === undefined) return this.#options.unknown
      node = next
    }
    return node.route
  }

  #step(node: RouteNode, path: PathSegments, n: number, learn: boolean): RouteNode | undefined {
    const kind = this.#options.placeholders ? path.kinds[n] : SEGMENT.word
    if (kind === SEGMENT.file) return this.#file(node, path, n, learn)
    if (kind === SEGMENT.value || node.collapsed) {
      return node.wildcard ?? (learn ? this.#vary(node) : undefined)
    }
    const word = node.wordAt(path, n)
    if (word !== undefined || !learn) return word
    return this.#learnWord(node, path.text(n), path.hashes[n] as number)
  }

  #file(node: RouteNode, path: PathSegments, n: number, learn: boolean): RouteNode | undefined {
    const end = path.ends[n] as number
    let start = end
    while (path.bytes[start - 1] !== 0x2e /* . */) start--
    const extension = fileExtension(path.bytes, start, end) as string
    const known = node.files?.get(extension)
    return known ?? (learn ? this.#addFile(node, extension) : undefined)
  }

  #addFile(node: RouteNode, extension: string): RouteNode | undefined {
    const made = this.#make(`${this.#options.placeholder}.${extension}`, node)
    if (made) (node.files ??= new Map()).set(extension, made)
    return made
  }

  /** What stands for all values, and for all words where there are too many. */
  #vary(node: RouteNode): RouteNode | undefined {
    node.wildcard ??= this.#make(this.#options.placeholder, node)
    return node.wildcard
  }

  #learnWord(node: RouteNode, label: string, hash: number): RouteNode | undefined {
    if (node.collapsed || node.wordCount >= this.#options.maxChildren) {
      this.#collapse(node)
      return node.wildcard
    }
    const made = this.#make(label, node)
    if (made) node.addWord(made, hash)
    return made
  }

  #make(label: string, parent: RouteNode): RouteNode | undefined {
    if (this.#room.left === 0) return undefined
    this.#room.left--
    return new RouteNode(label, parent)
  }

  /** Replaces all words behind a node by a placeholder, behind which all that they had stands. */
  #collapse(node: RouteNode): void {
    if (node.collapsed) return
    node.collapsed = true
    const words = node.words()
    node.clearWords()
    for (const [, word] of words) this.#room.left += word.size()
    const wildcard = this.#vary(node)
    if (wildcard) for (const [, word] of words) this.#merge(wildcard, word)
  }

  /** Gives a node all that another one has. */
  #merge(into: RouteNode, from: RouteNode): void {
    if (from.collapsed) this.#collapse(into)
    for (const [hash, word] of from.words()) {
      const target = into.word(word.label, hash) ?? this.#learnWord(into, word.label, hash)
      if (target) this.#merge(target, word)
    }
    const wildcard = from.wildcard && this.#vary(into)
    if (from.wildcard && wildcard) this.#merge(wildcard, from.wildcard)
    for (const extension of from.files?.keys() ?? []) {
      if (!into.files?.has(extension)) this.#addFile(into, extension)
    }
  }
}
