import type { PathSegments } from './path_segments.ts'
import { type Route, routeOf } from './route.ts'

/** A segment of a route that was learned, and what may follow it. */
export class RouteNode {
  /** The segment as characters of Latin-1. */
  readonly label: string
  readonly #parent: RouteNode | undefined
  #route: Route | undefined
  /** By the hash of the segment; others with the same hash are behind `#twin`. */
  #words: Map<number, RouteNode> | undefined
  #twin: RouteNode | undefined
  /** How many words may follow. */
  wordCount = 0
  /** What follows where the segment varies. */
  wildcard: RouteNode | undefined
  /** What follows where it is a file, by extension. */
  files: Map<string, RouteNode> | undefined
  /** True when all that follows varies. */
  collapsed = false

  constructor(label: string, parent?: RouteNode) {
    this.label = label
    this.#parent = parent
  }

  /** The route that ends here. */
  get route(): Route {
    this.#route ??= routeOf(Buffer.from(this.#path() || '/', 'latin1').toString())
    return this.#route
  }

  #path(): string {
    return this.#parent ? `${this.#parent.#path()}/${this.label}` : ''
  }

  /** The word that segment `n` of a path is. */
  wordAt(path: PathSegments, n: number): RouteNode | undefined {
    let word = this.#words?.get(path.hashes[n] as number)
    while (word !== undefined && !path.is(n, word.label)) word = word.#twin
    return word
  }

  /** The word with that label, whose hash is known. */
  word(label: string, hash: number): RouteNode | undefined {
    let word = this.#words?.get(hash)
    while (word !== undefined && word.label !== label) word = word.#twin
    return word
  }

  /** Adds a word that is not there. */
  addWord(word: RouteNode, hash: number): void {
    this.#words ??= new Map()
    word.#twin = this.#words.get(hash)
    this.#words.set(hash, word)
    this.wordCount++
  }

  /** Makes it forget its words. */
  clearWords(): void {
    this.#words = undefined
    this.wordCount = 0
  }

  /** Its words with their hashes. */
  words(): [hash: number, word: RouteNode][] {
    const all: [number, RouteNode][] = []
    for (const [hash, first] of this.#words ?? []) {
      for (let word: RouteNode | undefined = first; word; word = word.#twin) all.push([hash, word])
    }
    return all
  }

  /** Number of nodes from this one on. */
  size(): number {
    const below = this.words().reduce((sum, [, word]) => sum + word.size(), 0)
    return 1 + below + (this.wildcard?.size() ?? 0) + (this.files?.size ?? 0)
  }
}
