import type { ClientInfo } from '../pdata/delivery.ts'

/** One encoded request of an export protocol: nothing of the batch it was made of is needed any more. */
export interface EncodedRequest {
  /** The message, before compression. */
  readonly body: Buffer
  /** Spans, data points or log records in it. */
  readonly items: number
  /** Who sent the data in it, where that is known. */
  readonly client?: ClientInfo | undefined
  /** Called once, when nobody needs `body` any more. */
  readonly release?: () => void
}

/** What a destination made of one attempt. */
export type SendResult =
  /** Taken; `rejected` of its items were refused for good (OTLP's partial success). */
  | { readonly kind: 'sent'; readonly rejected?: number; readonly message?: string }
  /** Not now. `afterMs` is the least wait that the destination asks for. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Somebody else has taken the request over, and answers for it from here on. */
  | { readonly kind: 'moved' }
  /** Never: the same request would be refused again. */
  | { readonly kind: 'rejected'; readonly reason: string }

/** Bounds of one attempt. */
export interface Attempt {
  /** The attempt ends as `retry` after this many milliseconds. */
  readonly timeoutMs: number
  /** When it fires the attempt ends at once, in any way. */
  readonly signal: AbortSignal
  /** Who sent the data, where that is known of all of them. */
  readonly client?: ClientInfo | undefined
}

/** Makes one attempt. `body` is what was enqueued, or what `prepare` made of it. Must not reject. */
export type Send = (body: Buffer, attempt: Attempt) => Promise<SendResult>
