import type { ServerResponse } from 'node:http'

/** An object of the API. */
export interface ApiObject {
  metadata: {
    name?: string
    namespace?: string
    uid?: string
    resourceVersion?: string
    [key: string]: unknown
  }
  [key: string]: unknown
}

/** What of a collection is asked for. */
export interface ApiView {
  namespace: string | undefined
  metadataOnly: boolean
}

type Query = Record<string, string>

interface Logged {
  version: number
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: ApiObject
}

interface Watching {
  response: ServerResponse
  view: ApiView
  /** Nothing more reaches it, and it does not know. */
  isLost: boolean
}

/** The objects of one kind, and who watches them. */
export class ApiCollection {
  readonly #apiVersion: string
  readonly #kind: string
  readonly #next: () => number
  readonly #objects = new Map<string, ApiObject>()
  readonly #log: Logged[] = []
  readonly #watching = new Set<Watching>()
  readonly #snapshots = new Map<string, ApiObject[]>()
  #version: number
  /** What is older is forgotten. */
  #compacted = 0

  constructor(apiVersion: string, kind: string, next: () => number) {
    this.#apiVersion = apiVersion
    this.#kind = kind
    this.#next = next
    this.#version = next()
  }

  /** Watches that are open, those that were lost among them. */
  get watches(): number {
    return this.#watching.size
  }

  /** The version that a list has now. */
  get version(): string {
    return String(this.#version)
  }

  /** Adds an object or changes the one of that name; the uid is the name's unless given. */
  put(name: string, rest: Record<string, unknown> = {}, namespace = 'shop'): ApiObject {
    const key = `${namespace}/${name}`
    const { metadata, ...fields } = rest
    const known = this.#objects.get(key)
    const facts = { name, namespace, uid: `uid-${name}`, ...(metadata as object) }
    const type = known && known.metadata.uid === facts.uid ? 'MODIFIED' : 'ADDED'
    if (known && type === 'ADDED') this.remove(name, namespace)
    const version = this.#advance()
    const object: ApiObject = {
      apiVersion: this.#apiVersion,
      kind: this.#kind,
      metadata: { ...facts, resourceVersion: String(version) },
      ...fields,
    }
    this.#objects.set(key, object)
    this.#tell({ version, type, object })
    return object
  }

  /** Deletes an object. */
  remove(name: string, namespace = 'shop'): void {
    const key = `${namespace}/${name}`
    const known = this.#objects.get(key)
    if (!known) throw new Error(`there is no ${key}`)
    const version = this.#advance()
    const metadata = { ...known.metadata, resourceVersion: String(version) }
    this.#objects.delete(key)
    this.#tell({ version, type: 'DELETED', object: { ...known, metadata } })
  }

  /** Whether there is an object of that name. */
  has(name: string, namespace = 'shop'): boolean {
    return this.#objects.has(`${namespace}/${name}`)
  }

  /** The version of each object by its uid. */
  versions(): Map<string, number> {
    const all = [...this.#objects.values()].map(({ metadata }) => metadata)
    return new Map(all.map(({ uid = '', resourceVersion }) => [uid, Number(resourceVersion)]))
  }

  /** Sends a bookmark to those who watch. */
  bookmark(): void {
    const metadata = { resourceVersion: this.version }
    const object = { apiVersion: this.#apiVersion, kind: this.#kind, metadata }
    this.raw(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
  }

  /** Sends an ERROR to those who watch, and ends their watches. */
  error(status: object): void {
    this.raw(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
    this.end()
  }

  /** Sends any text to those who watch. */
  raw(text: string): void {
    for (const { response, isLost } of this.#watching) if (!isLost) response.write(text)
  }

  /** Forgets what happened: versions and pages before now are gone. */
  compact(): void {
    this.#version = this.#next()
    this.#compacted = this.#version
    this.#snapshots.clear()
  }

  /** Ends all watches in order. */
  end(): void {
    for (const { response } of this.#watching) response.end()
    this.#watching.clear()
  }

  /** Breaks the connections of all watches. */
  reset(): void {
    for (const { response } of this.#watching) response.socket?.resetAndDestroy()
    this.#watching.clear()
  }

  /** Connections of the watches that are open stay so, but nothing more comes through them. */
  lose(): void {
    for (const watching of this.#watching) watching.isLost = true
  }

  /** The answer to a list, or why there is none. */
  list(query: Query, view: ApiView): object {
    const { limit, continue: token } = query
    const [from = '0', version = this.version] = token?.split('@') ?? []
    if (token === undefined) this.#snapshots.set(version, [...this.#objects.values()])
    const all = this.#snapshots.get(version)?.filter((object) => isIn(object, view))
    if (!all) return { gone: 'The provided continue parameter is too old' }
    const to = Number(from) + (limit === undefined ? all.length : Number(limit))
    const items = all.slice(Number(from), to).map((object) => seen(object, view))
    const rest = to < all.length ? { continue: `${to}@${version}` } : {}
    return {
      kind: `${this.#kind}List`,
      apiVersion: this.#apiVersion,
      metadata: { resourceVersion: version, ...rest },
      // The items of a list do not say what they are.
      items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
    }
  }

  /** Answers a watch: what was since its version, and what comes. */
  watch({ resourceVersion = '0' }: Query, view: ApiView, response: ServerResponse): void {
    if (Number(resourceVersion) < this.#compacted) {
      const message = `too old resource version: ${resourceVersion} (${this.#compacted})`
      response.writeHead(410, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired', message }))
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    const watching = { response, view, isLost: false }
    for (const logged of this.#log) {
      if (logged.version > Number(resourceVersion)) send(watching, logged)
    }
    this.#watching.add(watching)
    response.on('close', () => this.#watching.delete(watching))
  }

  #advance(): number {
    return (this.#version = this.#next())
  }

  #tell(logged: Logged): void {
    this.#log.push(logged)
    for (const watching of this.#watching) send(watching, logged)
  }
}

function send({ response, view, isLost }: Watching, { type, object }: Logged): void {
  if (isLost || !isIn(object, view)) return
  response.write(`${JSON.stringify({ type, object: seen(object, view) })}\n`)
}

function isIn({ metadata }: ApiObject, { namespace }: ApiView): boolean {
  return namespace === undefined || metadata.namespace === namespace
}

function seen(object: ApiObject, { metadataOnly }: ApiView): ApiObject {
  if (!metadataOnly) return object
  const facts = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' }
  return { ...facts, metadata: object.metadata }
}
