import { ApiError } from './api_error.ts'
import { LineTooLong } from './line_splitter.ts'

/**
 * Why a list or a watch came to its end.
 *
 * | reason | what happened |
 * | --- | --- |
 * | `ended` | the server ended the watch, as it does after some minutes |
 * | `reset` | the connection broke, perhaps in the middle of an event |
 * | `silent` | nothing came for longer than bookmarks take |
 * | `gone` | 410: the version is too old, as an answer, as an event or for a page of a list |
 * | `unauthorized` | 401: the token is not known, it is read anew |
 * | `forbidden` | 403: RBAC does not allow it |
 * | `not_found` | 404: the API server does not have this resource |
 * | `throttled` | 429: the server has too much to do |
 * | `server_error` | 5xx, or another error that the server sent |
 * | `malformed` | what came was no event |
 * | `too_long` | an event was longer than `MAX_LINE_BYTES` |
 * | `unreachable` | there is no answer, or we have no credentials |
 */
export const END_REASONS = [
  'ended',
  'reset',
  'silent',
  'gone',
  'unauthorized',
  'forbidden',
  'not_found',
  'throttled',
  'server_error',
  'malformed',
  'too_long',
  'unreachable',
] as const
/** One of the reasons. */
export type EndReason = (typeof END_REASONS)[number]

/** A watch ended for a reason that it knows itself. */
export class WatchEnd extends Error {
  override readonly name = 'WatchEnd'
  readonly reason: EndReason

  constructor(reason: EndReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** The reason of what was thrown by a list or a watch. */
export function reasonOf(error: unknown): EndReason {
  if (error instanceof WatchEnd) return error.reason
  if (error instanceof LineTooLong) return 'too_long'
  if (!(error instanceof ApiError)) return 'unreachable'
  if (error.isGone) return 'gone'
  return BY_STATUS[error.status] ?? 'server_error'
}

/** How long the server asked to be left alone, in milliseconds; 0 where it did not. */
export function askedWait(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
}

const BY_STATUS: Readonly<Record<number, EndReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  429: 'throttled',
}
