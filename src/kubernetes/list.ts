import { ApiError } from './api_error.ts'
import type { ApiRequest } from './client.ts'
import { collectionPath, typed, type KubernetesObject, type Resource } from './object.ts'
import { WatchEnd } from './watch_error.ts'

/** Which objects are asked for. */
export interface Collection {
  readonly resource: Resource
  /** All namespaces unless given. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Only `metadata`, which the API server cuts out itself. */
  readonly metadataOnly?: boolean | undefined
}

/** One page of a list. */
export interface Page {
  readonly items: readonly KubernetesObject[]
  /** The version that all pages of the list are of. */
  readonly version: string
}

/** Whoever asks the API server. */
export interface Asking {
  get(what: ApiRequest): Promise<unknown>
}

/** Objects on a page: client-go's, a compromise between the number of requests and their size. */
const PAGE_SIZE = 500
/** After so many lists whose pages expired on the way, all is asked for at once, as client-go does. */
const MAX_EXPIRED = 2

/** How metadata alone is asked for (https://kubernetes.io/docs/reference/using-api/api-concepts/). */
const AS_METADATA = ';as=PartialObjectMetadata'
const GROUP = ';g=meta.k8s.io;v=v1'

/** The query of a collection. */
export function queryOf({
  labelSelector,
  fieldSelector,
}: Collection): ApiRequest['query'] & object {
  return { labelSelector, fieldSelector }
}

/** What a collection is asked for in. */
export function acceptOf({ metadataOnly }: Collection, isList: boolean): string {
  if (!metadataOnly) return 'application/json'
  return `application/json${AS_METADATA}${isList ? 'List' : ''}${GROUP},application/json`
}

/**
 * The pages of a list. Where the server no longer knows how to go on (410), the list begins again:
 * `restarted` is called, and what was given before may come again.
 */
export async function* pagesOf(
  client: Asking,
  collection: Collection,
  signal: AbortSignal,
  restarted: () => void,
): AsyncGenerator<Page, void> {
  for (let expired = 0; ; expired++) {
    try {
      const limit = expired < MAX_EXPIRED ? String(PAGE_SIZE) : undefined
      yield* onePass(client, collection, signal, limit)
      return
    } catch (error) {
      if (!(error instanceof ExpiredPage) || expired >= MAX_EXPIRED) throw error
      restarted()
    }
  }
}

/** The server no longer knows how a list goes on. */
class ExpiredPage extends WatchEnd {
  constructor(cause: ApiError) {
    super('gone', cause.message, { cause })
  }
}

async function* onePass(
  client: Asking,
  collection: Collection,
  signal: AbortSignal,
  limit: string | undefined,
): AsyncGenerator<Page, void> {
  const { resource, namespace } = collection
  const path = collectionPath(resource, namespace)
  const accept = acceptOf(collection, true)
  let next: string | undefined
  do {
    const query = { ...queryOf(collection), limit, continue: next }
    const answer = await client.get({ path, query, accept, signal }).catch((error: unknown) => {
      const isExpired = next !== undefined && error instanceof ApiError && error.isGone
      throw isExpired ? new ExpiredPage(error) : error
    })
    const { page, rest } = pageIn(answer, resource, path)
    yield page
    next = rest
  } while (next !== undefined)
}

function pageIn(
  answer: unknown,
  resource: Resource,
  path: string,
): { page: Page; rest: string | undefined } {
  const { items: given, metadata } = (answer ?? {}) as {
    items?: unknown
    metadata?: { resourceVersion?: unknown; continue?: unknown }
  }
  const { resourceVersion, continue: rest } = metadata ?? {}
  // Go writes an empty list as null.
  const list = given ?? []
  if (!Array.isArray(list) || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new WatchEnd('malformed', `GET ${path}: the answer is no list`)
  }
  const items = list.filter(isObject).map((item) => typed(item, resource))
  const page = { items, version: resourceVersion }
  return { page, rest: typeof rest === 'string' && rest !== '' ? rest : undefined }
}

/** True for what has metadata. */
export function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false
  return typeof value.metadata === 'object' && value.metadata !== null
}
