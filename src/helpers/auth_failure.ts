import { describeError, PermanentError } from '../component/errors.ts'
import type { SendResult } from './send_result.ts'

/** What an attempt is that an error has ended: over for good where an authenticator said that it is. */
export function failureOf(error: unknown): SendResult {
  const reason = describeError(error) || 'connection failed'
  return { kind: isPermanent(error) ? 'rejected' : 'retry', reason }
}

function isPermanent(error: unknown): boolean {
  if (error instanceof PermanentError) return true
  return error instanceof Error && error.cause !== undefined && isPermanent(error.cause)
}
