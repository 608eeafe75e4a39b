import type { IncomingMessage } from 'node:http'
import type { Clock } from '../helpers/clock.ts'
import { errorOfStatus } from './api_error.ts'
import type { ApiRequest } from './client.ts'
import { LineSplitter } from './line_splitter.ts'
import { acceptOf, isObject, queryOf, type Collection } from './list.ts'
import { collectionPath, typed, type KubernetesObject, type Resource } from './object.ts'
import { Watchdog } from './watchdog.ts'
import { WatchEnd } from './watch_error.ts'

/** Beyond this nothing can be an event: etcd takes 1.5 MB unless told otherwise. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024
/**
 * The API server sends a bookmark each minute once it has sent one, and none before something has
 * changed (k8s.io/apiserver v0.30.14, pkg/storage/cacher/cacher.go: lastProcessedResourceVersion): two of them
 * did not come.
 */
const SILENCE_MS = 150_000
/** Without bookmarks there is only the end that was asked for, and it is late. */
const LATE_MS = 30_000
/** TCP asks a silent peer whether it is there after this many milliseconds, as Go's net/http does. */
const KEEP_ALIVE_MS = 15_000

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubernetesObject
}

/** Whoever opens a stream. */
export interface Streaming {
  stream<T>(what: ApiRequest, read: (answer: IncomingMessage) => Promise<T>): Promise<T>
}

/** One watch. */
export interface WatchOptions {
  readonly collection: Collection
  /** What is known already. */
  readonly version: string
  /** When the server shall end it. */
  readonly timeoutSeconds: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The server has answered: from here on events come. */
  readonly opened: () => void
  /** Takes an event; while it does, nothing more is read. */
  readonly take: (event: WatchEvent) => Promise<void> | void
}

/**
 * Watches until the watch ends. Always rejects: with an `ApiError` of what the server said, or a
 * `WatchEnd` of what became of the stream.
 */
export async function watch(client: Streaming, options: WatchOptions): Promise<never> {
  const { collection, version, timeoutSeconds, signal } = options
  const path = collectionPath(collection.resource, collection.namespace)
  const query = {
    ...queryOf(collection),
    watch: '1',
    resourceVersion: version,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(timeoutSeconds),
  }
  const dog = new Watchdog(options.clock, timeoutSeconds * 1000 + LATE_MS)
  const accept = acceptOf(collection, false)
  const what = { path, query, accept, signal: AbortSignal.any([signal, dog.signal]) }
  try {
    return await client.stream(what, (answer) => read(answer, options, dog, path))
  } catch (error) {
    throw dog.hasBarked ? new WatchEnd('silent', `GET ${path}: ${dog.words}`) : error
  } finally {
    dog.stop()
  }
}

async function read(
  answer: IncomingMessage,
  { collection, take, opened }: WatchOptions,
  dog: Watchdog,
  path: string,
): Promise<never> {
  answer.socket.setKeepAlive(true, KEEP_ALIVE_MS)
  opened()
  const lines = new LineSplitter(MAX_LINE_BYTES)
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      for (const line of lines.push(chunk)) {
        const event = eventIn(line, collection.resource, path)
        if (event.type === 'BOOKMARK') dog.due(SILENCE_MS)
        const busy = take(event)
        if (busy) await dog.tied(busy)
      }
      dog.heard()
    }
  } catch (error) {
    if (!isBroken(error)) throw error
    throw new WatchEnd('reset', `GET ${path}: the connection broke`, { cause: error })
  }
  if (lines.pending === 0) throw new WatchEnd('ended', `GET ${path}: the server ended the watch`)
  throw new WatchEnd('reset', `GET ${path}: the watch ended in the middle of an event`)
}

function eventIn(line: Buffer, resource: Resource, path: string): WatchEvent {
  const { type, object } = parse(line, path)
  if (type === 'ERROR') throw errorOfStatus(object, `GET ${path}: watch`)
  const isKnown =
    type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK'
  if (isKnown && isObject(object)) return { type, object: typed(object, resource) }
  throw new WatchEnd('malformed', `GET ${path}: an event without a type or an object`)
}

function parse(line: Buffer, path: string): { type?: unknown; object?: unknown } {
  try {
    return (JSON.parse(line.toString()) ?? {}) as { type?: unknown; object?: unknown }
  } catch (cause) {
    throw new WatchEnd('malformed', `GET ${path}: an event that is no JSON`, { cause })
  }
}

/** True for an error of the socket: it has a code of the system or of Node. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}
