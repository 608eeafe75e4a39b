import type { Extension } from './component.ts'
import type { Host } from './host.ts'

/** An extension that says who we are: what `auth.authenticator` of a client names. */
export interface ClientAuth extends Extension {
  /**
   * The headers of one request, with lower-case names. Asked before each attempt, so that a token may
   * change; the extension keeps it as long as it is valid. Rejects where there is none for now: the
   * request is tried again later.
   */
  headers(): Promise<Readonly<Record<string, string>>>
}

/**
 * The authenticator of an id. Throws when `service.extensions` does not list it or when it is an
 * extension of another kind; ask in `start`.
 */
export function clientAuthOf(host: Host, id: string): ClientAuth {
  const extension = host.extension(id)
  if (!extension) throw new Error(`auth.authenticator: service.extensions does not list "${id}"`)
  if (isClientAuth(extension)) return extension
  throw new Error(`auth.authenticator: the extension "${id}" is no client authenticator`)
}

function isClientAuth(extension: Extension): extension is ClientAuth {
  return 'headers' in extension && typeof extension.headers === 'function'
}
