import type { Role } from '../component/component.ts'
import { buildParts } from './build.ts'
import type { Parts, Surroundings } from './build.ts'
import { CollectorHost } from './collector_host.ts'
import type { Member } from './member.ts'
import type { Plan } from './plan.ts'
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
  readonly #log: Surroundings['log']
  readonly #timeoutMs: number
  readonly #parts: Parts
  readonly #started: Member[] = []
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #running = false

  /** Creates all components; throws what one of them throws, worded `create exporter otlp_grpc`. */
  constructor(
    plan: Plan,
    {
      shutdownTimeoutMs = SHUTDOWN_TIMEOUT_MS,
      host = new CollectorHost(),
      ...surroundings
    }: GraphOptions,
  ) {
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.failed = promise
    this.#log = surroundings.log
    this.#timeoutMs = shutdownTimeoutMs
    this.#parts = buildParts(plan, { ...surroundings, host, onFailed: resolve })
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
      this.#started.push(member)
      await member.start()
    }
  }

  async #stop(): Promise<void> {
    await this.#startSettled()
    if (!this.#running) return
    await this.#end('receiver')
    await this.#drain()
    await this.#end('processor')
    await this.#end('connector')
    await this.#end('exporter')
    await this.#land()
    await this.#end('extension')
  }

  /** A component that is being started is given its time. */
  async #startSettled(): Promise<void> {
    if (!this.#starting) return
    const settled = this.#starting.catch(() => {})
    if (await within(this.#timeoutMs, settled)) return
    const { role, id } = this.#started.at(-1) as Member
    this.#log.error({ component: `${role}/${id}` }, 'Component does not start, given up.')
  }

  async #end(role: Role): Promise<void> {
    const members = this.#started.filter((member) => member.role === role)
    await Promise.all(members.map((member) => member.shutdown(this.#timeoutMs)))
  }

  /** Waits until what the receivers sent has gone through the pipelines. */
  async #drain(): Promise<void> {
    const { sources, streams } = this.#parts
    const startedReceivers = this.#started.filter(({ role }) => role === 'receiver')
    for (const source of sources) {
      const started = startedReceivers.some(({ id }) => id === source.id)
      if (source.abandon() && started) {
        this.#log.error({ component: `receiver/${source.id}` }, 'Receiver did not end its stream.')
      }
    }
    const ended = Promise.all(streams.map((stream) => stream.ended))
    if (await within(this.#timeoutMs, ended)) return
    for (const stream of streams) {
      if (stream.abandon()) this.#log.error(`The ${stream.name} does not end, given up.`)
    }
  }

  /** Waits until the exporters have answered for every batch. */
  async #land(): Promise<void> {
    const { destinations, sources } = this.#parts
    const idle = Promise.all(destinations.map((destination) => destination.idle()))
    await within(this.#timeoutMs, idle)
    for (const destination of destinations) destination.giveUp()
    for (const source of sources) source.giveUp()
  }
}
