import { isDeepStrictEqual } from 'node:util'
import { describeError } from '../component/errors.ts'
import { ConfigError, formatProblem, printConfig } from '../config/index.ts'
import type { CollectorHost } from '../pipeline/collector_host.ts'
import type { Graph } from '../pipeline/graph.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { Loaded } from './load.ts'
import { WatchedFiles } from './watched_files.ts'

/** What reloading works with. */
export interface ReloaderOptions {
  /** Reads and checks the configuration again. */
  readonly load: () => Promise<Loaded>
  /** What runs now. */
  readonly loaded: Loaded
  readonly graph: Pick<Graph, 'reload'>
  readonly host: Pick<CollectorHost, 'setConfiguration'>
  readonly log: Logger
  readonly meter: Meter
  /** Whether a change of a file reloads, too. */
  readonly watch: boolean
}

/**
 * Goes over to the configuration as it stands when it is asked for by SIGHUP, or when a file changes.
 * Where the new one is wrong or does not start, the one before goes on, and the log says why.
 */
export class Reloader {
  readonly #options: ReloaderOptions
  readonly #files: WatchedFiles
  readonly #results = { success: 0, failure: 0 }
  #loaded: Loaded
  #succeededAtMs = Date.now()
  #lastSucceeded = true
  /** The reload that is under way, and whether another one has been asked for meanwhile. */
  #running: Promise<void> | undefined
  #again = false
  #started = false
  readonly #onHangUp = (): void => void this.reload('SIGHUP')

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#loaded = options.loaded
    this.#files = new WatchedFiles({ onChanged: () => void this.reload('file changed') })
    this.#register(options.meter)
    options.host.setConfiguration(() => printConfig(this.#loaded.config))
    // Nobody who asks too early ends the agent.
    process.on('SIGHUP', this.#onHangUp)
    this.#watch(options.loaded)
  }

  /** At once, so that what changes while parts start is not taken for what they started with. */
  #watch({ files }: Loaded): void {
    if (this.#options.watch) this.#files.watch(files)
  }

  /** The graph runs: from now on it is reloaded. */
  start(): void {
    this.#started = true
    if (this.#again) void this.reload('SIGHUP')
  }

  /** Ends it; what is under way comes to its end. */
  stop(): void {
    process.off('SIGHUP', this.#onHangUp)
    this.#files.stop()
    this.#again = false
  }

  /** Reloads; what is asked for during a reload is done after it, once. Never rejects. */
  reload(reason: string): Promise<void> {
    if (this.#running || !this.#started) {
      this.#again = true
      return this.#running ?? Promise.resolve()
    }
    this.#running = this.#reloadAll(reason)
    return this.#running
  }

  async #reloadAll(reason: string): Promise<void> {
    do {
      this.#again = false
      await this.#reload(reason)
    } while (this.#again)
    this.#running = undefined
  }

  async #reload(reason: string): Promise<void> {
    const { log, graph, load } = this.#options
    log.info({ reason }, 'Reloading the configuration.')
    const startedMs = performance.now()
    try {
      const loaded = await load()
      this.#watch(loaded)
      await graph.reload(loaded.plan)
      this.#took(loaded)
      log.info({ took_ms: Math.round(performance.now() - startedMs) }, 'Configuration reloaded.')
    } catch (error) {
      this.#results.failure++
      this.#lastSucceeded = false
      sayWhy(error, log)
    }
  }

  #took(loaded: Loaded): void {
    const { log } = this.#options
    const [before, now] = [this.#loaded.config.service, loaded.config.service]
    for (const { file, line, column, path, message } of loaded.warnings) {
      log.warn({ place: `${file}:${line}:${column}`, path, problem: message }, 'Odd configuration.')
    }
    for (const part of ['telemetry', 'limits'] as const) {
      if (isDeepStrictEqual(before[part], now[part])) continue
      log.warn({ part: `service.${part}` }, 'This part takes effect at the next start only.')
    }
    this.#loaded = loaded
    this.#results.success++
    this.#lastSucceeded = true
    this.#succeededAtMs = Date.now()
  }

  #register(meter: Meter): void {
    const reloads = {
      name: 'waggle.config.reloads',
      description: 'Reloads of the configuration, by how they ended.',
      unit: '{reload}',
    }
    meter.counter(reloads, (observe) => {
      for (const [result, count] of Object.entries(this.#results)) observe(count, { result })
    })
    const successful = {
      name: 'waggle.config.last_reload_successful',
      description: '1 while the configuration as it was last read runs, 0 while an older one does.',
      unit: '1',
    }
    meter.gauge(successful, (observe) => observe(Number(this.#lastSucceeded)))
    const since = {
      name: 'waggle.config.last_reload_success_timestamp',
      description: 'When the configuration that runs was loaded.',
      unit: 's',
    }
    meter.gauge(since, (observe) => observe(this.#succeededAtMs / 1000))
  }
}

function sayWhy(error: unknown, log: Logger): void {
  const goesOn = 'Configuration not reloaded, the one before goes on.'
  if (!(error instanceof ConfigError)) return log.error({ error: describeError(error) }, goesOn)
  log.error({ problems: error.problems.map(formatProblem) }, goesOn)
}
