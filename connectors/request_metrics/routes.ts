import type { HttpSpan } from '../../src/pdata/http_span.ts'
import { PathSegments } from './path_segments.ts'
import { RoutePatterns } from './route_patterns.ts'
import { type Route, routeOf } from './route.ts'
import { type Room, RouteTree } from './route_tree.ts'

/** How routes are found; the configuration's options. */
export interface RouteOptions {
  readonly patterns: readonly string[]
  readonly unmatched: 'low-cardinality' | 'heuristic' | 'path' | 'wildcard' | 'unset'
  readonly max_path_segment_cardinality: number
  readonly wildcard_char: string
}

/** Nodes that the trees of one service may have, some 300 bytes each. */
const MAX_NODES = 1000
/** Servers for which a client has trees of their own; others share one. */
const MAX_SERVERS = 100
/** Routes of one service that came with its spans. */
const MAX_GIVEN = 1000

/** Methods that change nothing (RFC 9110 section 9.2.1, and QUERY). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/** The paths of one server: those that are read and those that are written to may have one shape. */
interface Trees {
  readonly safe: RouteTree
  readonly other: RouteTree
}

/** What one service's paths have taught. */
export class ServiceRoutes {
  readonly #make: (room: Room) => RouteTree
  readonly #room: Room = { left: MAX_NODES }
  #served: Trees | undefined
  readonly #called = new Map<string, Trees>()
  readonly #given = new Map<string, Route>()

  constructor(make: (room: Room) => RouteTree) {
    this.#make = make
  }

  /** The tree for a span's path. */
  treeOf(span: HttpSpan): RouteTree {
    const trees = span.client ? this.#treesAt(span.serverAddress) : (this.#served ??= this.#trees())
    return SAFE.has(span.method) ? trees.safe : trees.other
  }

  /** A route that came with a span; undefined when there are too many. */
  given(route: string): Route | undefined {
    const known = this.#given.get(route)
    if (known || this.#given.size === MAX_GIVEN) return known
    const made = routeOf(route)
    this.#given.set(route, made)
    return made
  }

  #treesAt(address: string): Trees {
    const key = this.#called.size < MAX_SERVERS || this.#called.has(address) ? address : ''
    let trees = this.#called.get(key)
    if (trees === undefined) this.#called.set(key, (trees = this.#trees()))
    return trees
  }

  #trees(): Trees {
    return { safe: this.#make(this.#room), other: this.#make(this.#room) }
  }
}

/** Finds the routes of spans. */
export class Routes {
  readonly #options: RouteOptions
  readonly #patterns: RoutePatterns | undefined
  readonly #path = new PathSegments()
  /** OpenTelemetry eBPF Instrumentation's route for paths of which nothing is known. */
  readonly #unknown = routeOf('/**')

  constructor(options: RouteOptions) {
    this.#options = options
    if (options.patterns.length > 0) this.#patterns = new RoutePatterns(options.patterns)
  }

  /** Where a new service's routes are learned. */
  service(): ServiceRoutes {
    const { unmatched, max_path_segment_cardinality: limit, wildcard_char } = this.#options
    const capped = unmatched === 'low-cardinality' && limit > 0
    const options = {
      maxChildren: capped ? limit : Infinity,
      placeholder: wildcard_char,
      placeholders: unmatched !== 'path',
      unknown: this.#unknown,
    }
    return new ServiceRoutes((room) => new RouteTree(options, room))
  }

  /** The route of a span, or undefined where it has none. */
  of(span: HttpSpan, service: ServiceRoutes): Route | undefined {
    const { route } = span
    if (route !== undefined) return service.given(route) ?? this.#unknown
    const { pathBytes, pathStart, pathEnd } = span
    // Neither the authority form nor "*" names a path.
    if (pathEnd === pathStart || pathBytes[pathStart] !== 0x2f) return undefined
    const path = this.#path
    path.read(pathBytes, pathStart, pathEnd)
    const matched = this.#patterns?.find(path)
    if (matched) return matched
    const { unmatched } = this.#options
    if (unmatched === 'unset') return undefined
    if (unmatched === 'wildcard') return this.#unknown
    return service.treeOf(span).find(path, teaches(span.responseStatus))
  }
}

/** What the server does not have says nothing about its routes: scanners ask for anything. */
function teaches(status: number | undefined): boolean {
  return status !== 400 && status !== 404 && status !== 405
}
