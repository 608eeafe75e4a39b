import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../helpers/clock.ts'
import type { KubernetesClient } from './client.ts'
import { ShortMemory } from './short_memory.ts'

/** A user as the API server knows it. */
export interface ReviewedUser {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** Whether the API server knows a token. */
export type TokenVerdict =
  | { readonly kind: 'known'; readonly user: ReviewedUser }
  /** `message` says why, in the API server's words. */
  | { readonly kind: 'refused'; readonly message: string }

/** Something that a user wants to do. */
export interface Wish {
  /** Empty for all namespaces. */
  readonly namespace: string
  /** `pods` unless given. */
  readonly resource?: string
  /** Empty, the core group, unless given. */
  readonly group?: string
  /** `get` unless given. */
  readonly verb?: string
}

/** What reviews are made with. */
export interface ReviewOptions {
  /** Answers that are kept, of each kind. */
  readonly maxKept?: number
  readonly clock?: Clock
}

/** How long answers are kept, in milliseconds: a token that is revoked works no longer than that. */
const KEPT_MS = { known: 30_000, refused: 5_000, allowed: 30_000, denied: 5_000 } as const
const MAX_KEPT = 1_000

/**
 * Asks the API server who is behind a token and what a user may do, and keeps answers for a short
 * time. Needs `create` on `tokenreviews` and `subjectaccessreviews` (ClusterRole
 * `system:auth-delegator`).
 */
export class Reviews {
  readonly #client: Pick<KubernetesClient, 'post'>
  readonly #tokens: ShortMemory<TokenVerdict>
  readonly #wishes: ShortMemory<boolean>
  readonly #ending = new AbortController()

  constructor(
    client: Pick<KubernetesClient, 'post'>,
    { maxKept = MAX_KEPT, clock = systemClock }: ReviewOptions = {},
  ) {
    this.#client = client
    this.#tokens = new ShortMemory(maxKept, clock)
    this.#wishes = new ShortMemory(maxKept, clock)
  }

  /** Whose token it is. Rejects where the API server could not be asked. */
  async reviewToken(token: string): Promise<TokenVerdict> {
    if (token === '') return { kind: 'refused', message: 'no token' }
    // The token itself is not kept.
    const key = createHash('sha256').update(token).digest('base64')
    return this.#tokens.get(
      key,
      () => this.#askToken(token),
      ({ kind }) => KEPT_MS[kind],
    )
  }

  /** Whether a user may do something. Rejects where the API server could not be asked. */
  async mayRead(user: ReviewedUser, wish: Wish): Promise<boolean> {
    const { namespace, resource = 'pods', group = '', verb = 'get' } = wish
    const { name, uid, groups, extra } = user
    const key = JSON.stringify([name, uid, groups, extra, namespace, group, resource, verb])
    const attributes = { namespace, verb, group, resource }
    return this.#wishes.get(
      key,
      () => this.#askAccess(user, attributes),
      (isAllowed) => KEPT_MS[isAllowed ? 'allowed' : 'denied'],
    )
  }

  /** Ends questions that are under way. */
  close(): void {
    this.#ending.abort()
  }

  async #askToken(token: string): Promise<TokenVerdict> {
    const answer = await this.#post('authentication.k8s.io', 'TokenReview', { token })
    const { authenticated, user, error } = answer
    if (authenticated === true) return { kind: 'known', user: userOf(user) }
    const message = typeof error === 'string' && error !== '' ? error : 'token not known'
    return { kind: 'refused', message }
  }

  async #askAccess(user: ReviewedUser, resourceAttributes: object): Promise<boolean> {
    const { name, uid, groups, extra } = user
    const spec = { resourceAttributes, user: name, uid, groups, extra }
    const answer = await this.#post('authorization.k8s.io', 'SubjectAccessReview', spec)
    return answer['allowed'] === true && answer['denied'] !== true
  }

  async #post(group: string, kind: string, spec: object): Promise<Record<string, unknown>> {
    const path = `apis/${group}/v1/${kind.toLowerCase()}s`
    const object = { apiVersion: `${group}/v1`, kind, spec }
    const answer = await this.#client.post({ path, signal: this.#ending.signal }, object)
    return fieldsOf(fieldsOf(answer)['status'])
  }
}

function userOf(value: unknown): ReviewedUser {
  const { username, uid, groups, extra } = fieldsOf(value)
  return {
    name: typeof username === 'string' ? username : '',
    uid: typeof uid === 'string' ? uid : '',
    groups: Array.isArray(groups) ? groups.map(String) : [],
    extra: fieldsOf(extra) as ReviewedUser['extra'],
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
