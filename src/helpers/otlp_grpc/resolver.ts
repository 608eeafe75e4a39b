import { experimental, type ChannelOptions } from '@grpc/grpc-js'

type Resolver = experimental.Resolver
type Listener = experimental.ResolverListener
type Uri = experimental.GrpcUri

/** The scheme of names that are looked up again while all is well. */
export const WATCHED_DNS = 'waggle-dns'

/** How often a name is looked up, in milliseconds. */
const LOOK_UP_EVERY_MS = 30_000

/**
 * gRPC looks a name up again only when a connection ends. Behind a headless service or a name with
 * several addresses, new servers would get nothing as long as the old ones live. This looks every 30
 * seconds, and leaves the rest to gRPC's own resolver: connections to addresses that are still there
 * stay.
 */
class WatchingResolver implements Resolver {
  readonly #inner: Resolver
  #timer: NodeJS.Timeout | undefined

  constructor({ path }: Uri, listener: Listener, options: ChannelOptions) {
    this.#inner = experimental.createResolver({ scheme: 'dns', path }, listener, options)
  }

  updateResolution(): void {
    this.#inner.updateResolution()
    this.#timer ??= setInterval(() => this.#inner.updateResolution(), LOOK_UP_EVERY_MS).unref()
  }

  destroy(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#inner.destroy()
  }

  static getDefaultAuthority({ path }: Uri): string {
    return path
  }
}

experimental.registerResolver(WATCHED_DNS, WatchingResolver)
