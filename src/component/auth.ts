import type { ClientInfo } from '../pdata/delivery.ts'
import type { Extension } from './component.ts'
import type { Host } from './host.ts'

/** A request that is about to be made. */
export interface OutgoingRequest {
  /** What it is sent with so far, by lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Who sent the data that it carries, where that is known of all of them. */
  readonly client?: ClientInfo | undefined
}

/** Headers by lower-case names; undefined takes a header away. */
export type HeaderChanges = Readonly<Record<string, string | undefined>>

/** An extension that says who we are: what `auth.authenticator` of a client names. */
export interface ClientAuth extends Extension {
  /**
   * What one request's headers become. Asked before each attempt, so that a token may change; the
   * extension keeps it as long as it is valid. Rejects where there is none for now: the request is
   * tried again later, unless it is a `PermanentError`.
   */
  headers(request: OutgoingRequest): Promise<HeaderChanges>
}

/** Headers of a request that came in, by lower-case names. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The first value of a header. @param name in lower case */
export function firstHeader(headers: IncomingHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** Why a client is not let in. */
export const AUTH_REFUSALS = [
  'missing_credentials',
  'malformed_credentials',
  'wrong_credentials',
  'busy',
  'failed',
] as const
/** One of the reasons for which a client is not let in; `busy` and `failed` are not the client's fault. */
export type AuthRefusal = (typeof AUTH_REFUSALS)[number]

/** Whether a client is let in. */
export type Admission =
  /** `attributes` is what is known of it then: `username`. */
  | { readonly kind: 'admitted'; readonly attributes?: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly reason: AuthRefusal }

/** An extension that knows who may send to us: what `auth.authenticator` of a server names. */
export interface ServerAuth extends Extension {
  /** What clients shall send, for `WWW-Authenticate`: `Bearer`. */
  readonly challenge: string
  /** Looks at the headers of a request before its body is read. Rejects only over a bug. */
  authenticate(headers: IncomingHeaders): Promise<Admission>
}

/**
 * The authenticator of an id. Throws when `service.extensions` does not list it or when it is an
 * extension of another kind; ask in `start`.
 */
export function clientAuthOf(host: Host, id: string): ClientAuth {
  const extension = listed(host, id)
  if (isClientAuth(extension)) return extension
  throw new Error(`auth.authenticator: the extension "${id}" is no client authenticator`)
}

/** As `clientAuthOf`, for a server. */
export function serverAuthOf(host: Host, id: string): ServerAuth {
  const extension = listed(host, id)
  if (isServerAuth(extension)) return extension
  throw new Error(`auth.authenticator: the extension "${id}" is no server authenticator`)
}

/** The headers of a request with what an authenticator changes. */
export function changedHeaders(
  headers: Readonly<Record<string, string>>,
  changes: HeaderChanges,
): Record<string, string> {
  const all = Object.entries({ ...headers, ...changes })
  return Object.fromEntries(all.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function listed(host: Host, id: string): Extension {
  const extension = host.extension(id)
  if (!extension) throw new Error(`auth.authenticator: service.extensions does not list "${id}"`)
  return extension
}

function isClientAuth(extension: Extension): extension is ClientAuth {
  return 'headers' in extension && typeof extension.headers === 'function'
}

function isServerAuth(extension: Extension): extension is ServerAuth {
  return 'authenticate' in extension && typeof extension.authenticate === 'function'
}
