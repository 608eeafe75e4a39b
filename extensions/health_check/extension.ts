import { parse } from 'yaml'
import type { Extension } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { json, PageServer, text } from '../../src/helpers/page_server.ts'
import type { PageAnswer, PageRequest } from '../../src/helpers/page_server.ts'
import type { HealthCheckConfig } from './config.ts'
import { healthOf, type Health } from './health.ts'
import { pipelineView, plainView } from './plain_view.ts'
import { waitingFor } from './readiness.ts'
import { v2PipelineView, v2StatusCode, v2View } from './v2_view.ts'

/** `health_check`: up before all others and until the last of them has ended. */
export class HealthCheckExtension implements Extension {
  readonly #settings: Settings
  readonly #config: HealthCheckConfig
  readonly #now: () => number
  readonly #startedMs: number
  readonly #server: PageServer

  /** @param now milliseconds since 1970 */
  constructor(settings: Settings, config: HealthCheckConfig, now: () => number = Date.now) {
    this.#settings = settings
    this.#config = config
    this.#now = now
    this.#startedMs = now()
    const { tls } = config.http ?? config
    const answer = (request: PageRequest): PageAnswer => this.#answer(request)
    this.#server = new PageServer({ answer, log: settings.log, tls })
  }

  async start(): Promise<void> {
    const { endpoint } = this.#config.http ?? this.#config
    const url = await this.#server.start(endpoint)
    this.#settings.log.info({ url: `${url}${this.#path}` }, 'Serving health.')
  }

  async shutdown(): Promise<void> {
    await this.#server.shutdown()
  }

  get #path(): string {
    const { use_v2, http, path } = this.#config
    return use_v2 ? (http?.status.path ?? '/status') : path
  }

  #answer(request: PageRequest): PageAnswer {
    const { use_v2, http } = this.#config
    const { path } = request
    const served = !use_v2 || (http?.status.enabled ?? true)
    if (served && path === this.#path && path !== '/') return this.#health(request)
    if (path === '/live') return json(200, { live: true })
    if (path === '/ready') return this.#ready()
    if (use_v2 && http?.config.enabled && path === http.config.path) return this.#configuration()
    if (served && this.#path === '/') return this.#health(request)
    return text(404, `The health is at ${this.#path}, and there are /ready and /live.\n`)
  }

  #ready(): PageAnswer {
    const waiting_for = waitingFor(this.#settings.host.statuses())
    if (waiting_for.length === 0) return json(200, { ready: true })
    return json(503, { ready: false, waiting_for })
  }

  #configuration(): PageAnswer {
    return json(200, parse(this.#settings.host.configuration()))
  }

  #health({ query }: PageRequest): PageAnswer {
    const { host } = this.#settings
    const nowMs = this.#now()
    const health = healthOf(host.statuses(), host.pipelines(), this.#config, nowMs)
    const verbose = query.has('verbose') && query.get('verbose') !== 'false'
    const pipeline = query.get('pipeline')
    if (pipeline !== null) return this.#pipeline(health, pipeline, verbose)
    if (this.#config.use_v2) {
      return json(v2StatusCode(health), v2View(health, this.#startedMs, verbose))
    }
    const status = health.healthy ? 200 : 503
    const { healthy = '', unhealthy = '' } = this.#config.response_body ?? {}
    const body = health.healthy ? healthy : unhealthy
    if (body !== '' && !verbose) return text(status, body)
    return json(status, plainView(health, { startedMs: this.#startedMs, nowMs, verbose }))
  }

  #pipeline(health: Health, id: string, verbose: boolean): PageAnswer {
    const group = health.pipelines.get(id)
    if (!group) {
      const known = [...health.pipelines.keys()]
      return json(404, { error: `there is no pipeline ${JSON.stringify(id)}`, known })
    }
    if (this.#config.use_v2) {
      return json(v2StatusCode(group), v2PipelineView(group, this.#startedMs, verbose))
    }
    return json(group.healthy ? 200 : 503, pipelineView(id, group, verbose))
  }
}
