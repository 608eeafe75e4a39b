import type { PathSegments } from './path_segments.ts'
import { type Route, routeOf } from './route.ts'

class PatternNode {
  readonly words = new Map<string, PatternNode>()
  /** What follows a segment of any value. */
  any: PatternNode | undefined
  /** The route that ends here. */
  route: Route | undefined
  /** The route of all that begins so. */
  prefix: Route | undefined
}

/**
 * Routes that the user knows: `/users/{id}` and `/users/:id` match any segment in their place,
 * a `*` at the end matches whatever follows, nothing too. A word is preferred to a segment of any
 * value, and that to a prefix.
 */
export class RoutePatterns {
  readonly #root = new PatternNode()

  /** @param patterns of two that match the same paths the first one counts */
  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) this.#add(pattern)
  }

  /** The route of a path, or undefined where no pattern matches. */
  find(path: PathSegments): Route | undefined {
    return path.tooMany ? undefined : match(this.#root, path, 0)
  }

  #add(pattern: string): void {
    const segments = pattern.split('/').filter((segment) => segment !== '')
    const isPrefix = segments.at(-1) === '*'
    let node = this.#root
    for (const segment of isPrefix ? segments.slice(0, -1) : segments) {
      node = isTag(segment) ? (node.any ??= new PatternNode()) : wordOf(node, segment)
    }
    if (isPrefix) node.prefix ??= routeOf(pattern)
    else node.route ??= routeOf(pattern)
  }
}

function isTag(segment: string): boolean {
  return segment === '*' || segment.startsWith(':') || /^\{.*\}$/.test(segment)
}

function wordOf(node: PatternNode, segment: string): PatternNode {
  const label = Buffer.from(segment).toString('latin1')
  const known = node.words.get(label)
  if (known) return known
  const made = new PatternNode()
  node.words.set(label, made)
  return made
}

function match(node: PatternNode, path: PathSegments, n: number): Route | undefined {
  if (n === path.count) return node.route ?? node.prefix
  for (const [label, next] of node.words) {
    const found = path.is(n, label) ? match(next, path, n + 1) : undefined
    if (found) return found
  }
  const found = node.any && match(node.any, path, n + 1)
  return found ?? node.prefix
}
