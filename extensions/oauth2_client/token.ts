import { isHeaderValue } from '../../src/helpers/headers.ts'
import type { FormAnswer } from './post_form.ts'

/** A token that was given out. */
export interface Token {
  /** `Bearer eyJ…`. */
  readonly authorization: string
  /** How long it is good, in milliseconds; infinite where nobody said. */
  readonly lifetimeMs: number
}

/** An answer without a token (RFC 6749, 5.2). */
export class TokenError extends Error {
  /** True where the server does not know us by what we sent: another way to say it may help. */
  readonly isUnknownClient: boolean

  constructor(message: string, isUnknownClient: boolean) {
    super(message)
    this.isUnknownClient = isUnknownClient
  }
}

/**
 * The token in an answer (RFC 6749, 5.1). Throws TokenError; of the answer it says the status and the
 * code of the error, which are no secrets, and nothing else.
 */
export function tokenIn({ status, text }: FormAnswer): Token {
  const answer = fieldsOf(text)
  if (status !== 200) {
    const { error } = answer
    const code = typeof error === 'string' && /^[\w.-]{1,64}$/.test(error) ? `: ${error}` : ''
    throw new TokenError(`HTTP ${status}${code}`, status === 400 || status === 401)
  }
  const { access_token: token, token_type: type, expires_in } = answer
  if (typeof token !== 'string' || token === '') {
    throw new TokenError('the answer has no access_token', false)
  }
  const authorization = `${schemeOf(type)} ${token}`
  if (!isHeaderValue(authorization))
    throw new TokenError('the access_token is no ASCII text', false)
  const seconds = Number(expires_in)
  return { authorization, lifetimeMs: seconds > 0 ? seconds * 1000 : Infinity }
}

/** Servers write `bearer` in many ways, and not all take what they wrote. */
function schemeOf(type: unknown): string {
  return typeof type === 'string' && type !== '' && type.toLowerCase() !== 'bearer'
    ? type
    : 'Bearer'
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}
