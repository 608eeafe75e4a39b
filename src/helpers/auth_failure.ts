import { describeError, PermanentError } from '../component/errors.ts'
import type { SendResult } from './send_result.ts'

/** An attempt that brought no answer. */
export type Failure = Extract<SendResult, { readonly kind: 'rejected' | 'retry' }>

/** What an attempt is that an error has ended: over for good where an authenticator said that it is. */
export function failureOf(error: unknown): Failure {
  const reason = describeError(error) || 'connection failed'
  return { kind: isPermanent(error) ? 'rejected' : 'retry', reason }
}

function isPermanent(error: unknown): boolean {
  if (error instanceof PermanentError) return true
  return error instanceof Error && error.cause !== undefined && isPermanent(error.cause)
}
