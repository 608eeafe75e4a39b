/** What became of a batch at the last stage that had it. */
export type Outcome =
  /** Taken over: sent, written, or in a queue that answers for it from here on; all of it, or all but a part. */
  | { readonly kind: 'accepted'; readonly partial?: PartialSuccess }
  /** Not now: the same batch may be offered again, after `afterMs` milliseconds where that is known. */
  | { readonly kind: 'refused'; readonly reason: string; readonly afterMs?: number }
  /** Never: offering it again cannot help. */
  | { readonly kind: 'rejected'; readonly reason: string }

/** Items of a batch that were not taken with the others, and never will be. */
export interface PartialSuccess {
  readonly items: number
  /** Why, in the words of whoever did not take them. */
  readonly message: string
}

/** The outcome of everything that went well. */
export const ACCEPTED: Outcome = { kind: 'accepted' }

const SEVERITY = { accepted: 0, refused: 1, rejected: 2 } as const

/** The headers of a request, by their names in lower case. */
export type RequestMetadata = ReadonlyMap<string, readonly string[]>

/** What is known of the client whose request a batch came in with. It may hold credentials: never log it. */
export interface ClientInfo {
  /** The request's headers, where the receiver was told to keep them. */
  readonly metadata?: RequestMetadata
  /** What the authenticator says of the client: `username`. */
  readonly auth?: Readonly<Record<string, string>>
}

/**
 * Who must be told what became of a batch.
 *
 * A delivery has one holder when it is made. Whoever hands a batch to n takers calls `hold(n - 1)`
 * first; each holder calls `settle` exactly once. When the last one has, `onSettled` runs with the
 * worst of the outcomes. Until then the memory behind the batch stays valid, afterwards it may be
 * used again, so nobody may touch a batch after having settled it.
 */
export class Delivery {
  #holders = 1
  #worst: Outcome = ACCEPTED
  readonly #onSettled: (outcome: Outcome) => void
  /** Who sent the batch; undefined where nobody knows, and where batches of several were made one. */
  readonly client: ClientInfo | undefined

  /** @param onSettled runs once, when the last holder has settled */
  constructor(onSettled: (outcome: Outcome) => void = () => {}, client?: ClientInfo) {
    this.#onSettled = onSettled
    this.client = client
  }

  /** Adds `more` holders. Throws when the delivery is settled already. */
  hold(more: number): void {
    if (this.settled) throw new Error('hold a delivery that is settled')
    this.#holders += more
  }

  /** One holder's outcome. Throws when there are more calls than holders. */
  settle(outcome: Outcome): void {
    if (this.settled) throw new Error('settle a delivery that is settled')
    if (isWorse(outcome, this.#worst)) this.#worst = outcome
    if (--this.#holders === 0) this.#onSettled(this.#worst)
  }

  /** True once every holder has settled. */
  get settled(): boolean {
    return this.#holders === 0
  }

  /**
   * One delivery for a batch made of several: its outcome settles each of them. Nobody knows of which
   * of them items were that were not taken.
   */
  static join(parts: readonly Delivery[]): Delivery {
    return new Delivery((outcome) => {
      const told = outcome.kind === 'accepted' && parts.length > 1 ? ACCEPTED : outcome
      for (const part of parts) part.settle(told)
    })
  }
}

function isWorse(one: Outcome, other: Outcome): boolean {
  if (one.kind !== 'accepted' || other.kind !== 'accepted') {
    return SEVERITY[one.kind] > SEVERITY[other.kind]
  }
  return (one.partial?.items ?? -1) > (other.partial?.items ?? -1)
}
