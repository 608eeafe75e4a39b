import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { TlsClientConfig } from './tls_client_config.ts'

/** A connection without a request is closed after this many milliseconds: Go's, and the Collector's. */
const IDLE_MS = 90_000

/** How connections are made and kept; limits are numbers of connections, 0 is none. */
export interface PoolOptions {
  readonly tls: TlsClientConfig
  /** The proxy to use; that of the environment unless given. */
  readonly proxy_url?: URL | undefined
  readonly max_idle_conns?: number
  readonly max_idle_conns_per_host?: number
  readonly max_conns_per_host?: number
  /** Milliseconds; 0 is for ever. */
  readonly idle_conn_timeout?: number
  readonly disable_keep_alives?: boolean
}

/** Connections that stay open between requests. */
export class ConnectionPool {
  readonly #plain: HttpAgent
  readonly #secure: HttpsAgent

  constructor(config: PoolOptions, context: SecureContext | undefined) {
    const options = poolOptions(config)
    const { insecure_skip_verify, server_name_override } = config.tls
    this.#plain = new HttpAgent(options)
    this.#secure = new HttpsAgent({
      ...options,
      ...(context && { secureContext: context }),
      rejectUnauthorized: !insecure_skip_verify,
      ...(server_name_override !== undefined && { servername: server_name_override }),
    })
  }

  /** Where connections to a URL come from. */
  agentFor({ protocol }: URL): HttpAgent {
    return protocol === 'https:' ? this.#secure : this.#plain
  }

  /** Ends all connections. */
  close(): void {
    this.#plain.destroy()
    this.#secure.destroy()
  }
}

function poolOptions(config: PoolOptions): AgentOptions {
  const { max_idle_conns = 100, max_idle_conns_per_host = 0, max_conns_per_host = 0 } = config
  const { idle_conn_timeout = IDLE_MS, disable_keep_alives = false } = config
  return {
    keepAlive: !disable_keep_alives,
    maxSockets: orInfinity(max_conns_per_host),
    maxFreeSockets: Math.min(orInfinity(max_idle_conns), orInfinity(max_idle_conns_per_host)),
    // The connection that was used last is the warmest, and the others can end.
    scheduling: 'lifo',
    ...(idle_conn_timeout > 0 && { timeout: idle_conn_timeout }),
    proxyEnv: proxies(config),
  }
}

function orInfinity(limit: number): number {
  return limit === 0 ? Infinity : limit
}

function proxies({ proxy_url }: PoolOptions): NodeJS.ProcessEnv {
  if (!proxy_url) return process.env
  return { HTTP_PROXY: proxy_url.href, HTTPS_PROXY: proxy_url.href }
}
