import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SecureContext } from 'node:tls'
import type { OtlpHttpConfig } from './config.ts'

/** Connections that stay open between requests. */
export class ConnectionPool {
  readonly #plain: HttpAgent
  readonly #secure: HttpsAgent

  constructor(config: OtlpHttpConfig, context: SecureContext | undefined) {
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

function poolOptions(config: OtlpHttpConfig): AgentOptions {
  const { max_idle_conns, max_idle_conns_per_host, max_conns_per_host } = config
  return {
    keepAlive: !config.disable_keep_alives,
    maxSockets: orInfinity(max_conns_per_host),
    maxFreeSockets: Math.min(orInfinity(max_idle_conns), orInfinity(max_idle_conns_per_host)),
    // The connection that was used last is the warmest, and the others can end.
    scheduling: 'lifo',
    ...(config.idle_conn_timeout > 0 && { timeout: config.idle_conn_timeout }),
    proxyEnv: proxies(config),
  }
}

function orInfinity(limit: number): number {
  return limit === 0 ? Infinity : limit
}

function proxies({ proxy_url }: OtlpHttpConfig): NodeJS.ProcessEnv {
  if (!proxy_url) return process.env
  return { HTTP_PROXY: proxy_url.href, HTTPS_PROXY: proxy_url.href }
}
