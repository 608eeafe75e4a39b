import type { Role } from '../component/component.ts'
import { buildParts } from './build.ts'
import type { Surroundings } from './build.ts'
import { CollectorHost } from './collector_host.ts'
import { endStreams, landAll } from './drain.ts'
import type { Member } from './member.ts'
import type { Parts } from './parts.ts'
import type { Plan } from './plan.ts'
import { LostError, replaceParts } from './reload.ts'
import { wire } from './wire.ts'
import { within } from './within.ts'

/** What a graph gets beside its plan. */
export interface GraphOptions extends Omit<Surroundings, 'onFailed' | 'host'> {
  /** What components see of the collector; one of the graph's own unless given. */
  readonly host?: CollectorHost
  /** Milliseconds that a component, or a stage of the shutdown, is waited for. */
  readonly shutdownTimeoutMs?: number
}

/**
 * Longer than an exporter needs for its last requests, and short enough that Kubernetes, which kills
 * after 30 s, sees the totals even when one component hangs.
 */
const SHUTDOWN_TIMEOUT_MS = 15_000

/**
 * Components joined to pipelines, and their life. Nothing waits in the graph itself: a batch goes
 * through it in one call, up to where a component keeps it.
 */
export class Graph {
  /** Resolves, once, with why the graph cannot go on; whoever runs it shuts it down then. */
  readonly failed: Promise<Error>
  readonly #surroundings: Surroundings
  readonly #timeoutMs: number
  readonly #fail: (error: Error) => void
  #plan: Plan
  #parts: Parts
  /** What has been started, or has been tried to, of the first parts; undefined once all is started. */
  #startedFirst: Member[] | undefined = []
  #starting: Promise<void> | undefined
  #reloading: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined
  #running = false

  /** Creates all components; throws what one of them throws, worded `create exporter otlp_grpc`. */
  constructor(plan: Plan, options: GraphOptions) {
    const { shutdownTimeoutMs = SHUTDOWN_TIMEOUT_MS, host = new CollectorHost() } = options
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.failed = promise
    this.#fail = resolve
    this.#timeoutMs = shutdownTimeoutMs
    this.#surroundings = { ...options, host, onFailed: resolve }
    this.#plan = plan
    this.#parts = buildParts(plan, this.#surroundings)
    wire(plan, this.#parts)
    host.setPipelines(plan.pipelines)
  }

  /**
   * Starts extensions, exporters, connectors, processors, then receivers. When one does not start,
   * what was started is shut down again, and this rejects with `start exporter otlp_grpc` and the
   * cause. After or during a shutdown nothing more is started, and this resolves.
   */
  async start(): Promise<void> {
    if (this.#starting) throw new Error('start a graph that was started already')
    this.#starting = this.#startAll()
    try {
      await this.#starting
    } catch (error) {
      await this.shutdown()
      throw error
    }
  }

  /**
   * Goes over to another plan: what is configured in the same way goes on, see `replaceParts`.
   * Reloads run one after the other. Rejects where the plan before runs on, with the reason; after a
   * shutdown has begun nothing happens. The graph has been started.
   */
  reload(plan: Plan): Promise<void> {
    const done = this.#reloading.then(() => this.#reload(plan))
    this.#reloading = done.catch(() => {})
    return done
  }

  /**
   * Ends everything: receivers first, then what they sent is carried to its end, then the others in
   * the reverse order of `start`. Never rejects; may be called at any time and again.
   */
  shutdown(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #startAll(): Promise<void> {
    if (this.#stopped) return
    this.#running = true
    const { sources, streams, members } = this.#parts
    for (const stream of streams) stream.run()
    for (const source of sources) source.run()
    for (const member of members) {
      if (this.#stopped) return
      // Before it is tried: what fails half-way has something to shut down, too.
      this.#startedFirst?.push(member)
      await member.start()
    }
    this.#startedFirst = undefined
  }

  async #reload(plan: Plan): Promise<void> {
    await this.#starting
    if (this.#stopped) return
    const surroundings = this.#surroundings
    const [previousPlan, previous, timeoutMs] = [this.#plan, this.#parts, this.#timeoutMs]
    try {
      const replacement = { plan, previousPlan, previous, surroundings, timeoutMs }
      const replaced = await replaceParts(replacement)
      this.#plan = replaced.plan
      this.#parts = replaced.parts
      if ('error' in replaced) throw replaced.error
    } catch (error) {
      if (error instanceof LostError) this.#fail(error)
      throw error
    }
  }

  async #stop(): Promise<void> {
    await this.#settled()
    if (!this.#running) return
    await this.#end('receiver')
    await this.#drain()
    await this.#end('processor')
    await this.#end('connector')
    await this.#end('exporter')
    await landAll(this.#parts, this.#timeoutMs)
    await this.#end('extension')
  }

  /** A component that is being started is given its time, and so is a reload. */
  async #settled(): Promise<void> {
    if (!this.#starting) return
    const settled = this.#starting.catch(() => {})
    if (!(await within(this.#timeoutMs, settled))) {
      const member = this.#startedFirst?.at(-1)
      const component = `${member?.role}/${member?.id}`
      this.#surroundings.log.error({ component }, 'Component does not start, given up.')
    }
    await within(this.#timeoutMs, this.#reloading)
  }

  async #end(role: Role): Promise<void> {
    const members = this.#started.filter((member) => member.role === role)
    await Promise.all(members.map((member) => member.shutdown(this.#timeoutMs)))
  }

  get #started(): readonly Member[] {
    return this.#startedFirst ?? this.#parts.members
  }

  /** Waits until what the receivers sent has gone through the pipelines. */
  async #drain(): Promise<void> {
    const { log } = this.#surroundings
    const startedReceivers = this.#started.filter(({ role }) => role === 'receiver')
    for (const source of this.#parts.sources) {
      const started = startedReceivers.some(({ id }) => id === source.id)
      if (source.abandon() && started) {
        log.error({ component: `receiver/${source.id}` }, 'Receiver did not end its stream.')
      }
    }
    await endStreams(this.#parts, this.#timeoutMs, log)
  }
}
