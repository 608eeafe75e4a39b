import { changedHeaders, clientAuthOf } from '../../src/component/auth.ts'
import type { ClientAuth, HeaderChanges, OutgoingRequest } from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { HeaderConfig, HeadersSetterConfig } from './config.ts'
import { sourceOf, type Source } from './source.ts'

interface Setter {
  readonly key: string
  readonly action: HeaderConfig['action']
  readonly source: Source
}

/** `headers_setter` as a component: sets headers of requests by what is known of their data's sender. */
export class HeadersSetterExtension implements ClientAuth {
  readonly #settings: Settings
  readonly #additional: string | undefined
  readonly #setters: readonly Setter[]

  constructor(settings: Settings, config: HeadersSetterConfig, clock?: Clock) {
    this.#settings = settings
    this.#additional = config.additional_auth
    this.#setters = config.headers.map((header) => ({
      key: header.key.toLowerCase(),
      action: header.action,
      source: sourceOf(header, settings.log, clock),
    }))
  }

  /** Rejects where a file cannot be read, or the other authenticator is not there. */
  async start(): Promise<void> {
    this.#other()
    await Promise.all(this.#setters.map(async ({ source }) => source.start?.()))
  }

  async headers(request: OutgoingRequest): Promise<HeaderChanges> {
    const before = (await this.#other()?.headers(request)) ?? {}
    const changes: Record<string, string | undefined> = { ...before }
    for (const { key, action, source } of this.#setters) {
      if (action === 'delete') {
        changes[key] = undefined
        continue
      }
      const isThere = key in changedHeaders(request.headers, changes)
      if (action === 'insert' && isThere) continue
      if (action === 'update' && !isThere) continue
      const value = await source.value(request)
      if (value !== undefined) changes[key] = value
    }
    return changes
  }

  /** Looked up each time: after a reload it may be another one. */
  #other(): ClientAuth | undefined {
    return this.#additional === undefined
      ? undefined
      : clientAuthOf(this.#settings.host, this.#additional)
  }
}
