import { describeError } from '../../src/component/errors.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { LoadBalancingConfig } from './config.ts'
import { Endpoint, type EndpointOptions } from './endpoint.ts'
import { HashRing } from './hash_ring.ts'
import type { LoadBalancingMetrics, LostReason } from './metrics.ts'
import type { Resolver } from './resolver.ts'

/** At the end, how long what waits for lost endpoints may still be on its way to others. */
const DRAIN_LIMIT_MS = 2_000

/** What the endpoints as a whole need. */
export interface BackendsOptions {
  readonly settings: Settings
  readonly config: LoadBalancingConfig
  readonly clock: Clock
  readonly resolver: Resolver
  readonly metrics: LoadBalancingMetrics
  /** Of each endpoint; what becomes of them is decided here. */
  readonly endpoint: Omit<EndpointOptions, 'onFailing' | 'onAttempt'>
}

/** The endpoints that there are, those that get something, and who gets what. */
export class Backends {
  readonly #options: BackendsOptions
  #names: readonly string[] = []
  readonly #live = new Map<string, Endpoint>()
  /** Those that fail, each with what ends its probing. */
  readonly #failing = new Map<string, () => void>()
  readonly #draining = new Set<Promise<void>>()
  readonly #reasons = new WeakMap<Endpoint, LostReason>()
  #ring: HashRing | undefined
  #cancelResolve: (() => void) | undefined
  #stopped = false

  constructor(options: BackendsOptions) {
    this.#options = options
  }

  /** Who gets what; undefined while no endpoint is known. */
  get ring(): HashRing | undefined {
    return this.#ring
  }

  /** How many get nothing because they fail. */
  get failing(): number {
    return this.#failing.size
  }

  /** True once it ends. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** The endpoint with this number in the ring. */
  at(owner: number): Endpoint {
    return this.#live.get((this.#ring as HashRing).endpoints[owner] as string) as Endpoint
  }

  /** Why an endpoint was lost. */
  reasonOf(endpoint: Endpoint): LostReason {
    return this.#reasons.get(endpoint) ?? 'removed'
  }

  /**
   * Asks the resolver for the first time, and from then on again and again. Rejects when endpoints
   * cannot be made, as without a certificate.
   */
  async start(): Promise<void> {
    await this.#resolve()
    this.#resolveLater()
  }

  /** Ends: what waits for lost endpoints is offered to the others once more, what waits for these is sent. */
  async shutdown(): Promise<void> {
    this.#stopped = true
    this.#cancelResolve?.()
    for (const stop of this.#failing.values()) stop()
    await this.#drained()
    await Promise.all([...this.#live.values()].map((endpoint) => endpoint.shutdown()))
    await Promise.all(this.#draining)
  }

  async #drained(): Promise<void> {
    if (this.#draining.size === 0) return
    let cancel = (): void => {}
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(DRAIN_LIMIT_MS, resolve)
    })
    await Promise.race([Promise.all(this.#draining), late])
    cancel()
  }

  async #resolve(): Promise<void> {
    const { resolver, metrics, settings } = this.#options
    let names: readonly string[]
    try {
      names = [...new Set(await resolver.resolve())].toSorted()
      metrics.resolved(true)
    } catch (error) {
      metrics.resolved(false)
      return settings.log.warn(
        { error: describeError(error) },
        'The endpoints cannot be looked up.',
      )
    }
    if (names.length > 0) await this.#update(names)
    else settings.log.warn('The resolver tells of no endpoint: those before stay.')
  }

  #resolveLater(): void {
    const { resolver, clock } = this.#options
    const { intervalMs } = resolver
    if (this.#stopped || intervalMs === undefined) return
    this.#cancelResolve = clock.after(intervalMs, () => void this.#resolveAgain())
  }

  async #resolveAgain(): Promise<void> {
    try {
      await this.#resolve()
    } catch (error) {
      const { log } = this.#options.settings
      log.error({ error: describeError(error) }, 'A new endpoint cannot be used.')
    }
    this.#resolveLater()
  }

  async #update(names: readonly string[]): Promise<void> {
    if (names.join(' ') === this.#names.join(' ')) return
    const added = names.filter((name) => !this.#live.has(name) && !this.#failing.has(name))
    const made = await Promise.all(added.map((name) => this.#make(name)))
    if (this.#stopped) return void (await Promise.all(made.map((one) => one.shutdown())))
    this.#names = names
    for (const endpoint of made) this.#live.set(endpoint.name, endpoint)
    const removed = [...this.#live.values()].filter(({ name }) => !names.includes(name))
    this.#options.metrics.updated(names.length)
    for (const name of this.#failing.keys()) if (!names.includes(name)) this.#stopProbing(name)
    for (const { name } of removed) this.#live.delete(name)
    this.#remakeRing()
    for (const endpoint of removed) this.#drain(endpoint, 'removed')
  }

  async #make(name: string): Promise<Endpoint> {
    const { metrics, endpoint: options } = this.#options
    const endpoint = new Endpoint(name, {
      ...options,
      onAttempt: ({ name: of }, success, ms) => metrics.attempted(of, success, ms),
      onFailing: (failed, error) => this.#fail(failed, error),
    })
    await endpoint.start()
    return endpoint
  }

  #remakeRing(): void {
    const names = [...this.#live.keys()]
    this.#ring = names.length === 0 ? undefined : new HashRing(names)
    this.#tell()
  }

  #tell(): void {
    const { status } = this.#options.settings
    if (this.#failing.size === 0) return status.ok()
    status.recoverable(`sending keeps failing to ${[...this.#failing.keys()].join(', ')}`)
  }

  /** Where no other is left it goes on trying. */
  #fail(endpoint: Endpoint, error: string): void {
    const { name } = endpoint
    if (this.#stopped || this.#live.get(name) !== endpoint || this.#live.size === 1) return
    const { log } = this.#options.settings
    log.warn({ endpoint: name, error }, 'An endpoint keeps failing: the others get what is its.')
    this.#live.delete(name)
    this.#probe(name)
    this.#remakeRing()
    this.#drain(endpoint, 'failing')
  }

  #drain(endpoint: Endpoint, reason: LostReason): void {
    endpoint.lost = true
    this.#reasons.set(endpoint, reason)
    const draining = endpoint.drain().finally(() => this.#draining.delete(draining))
    this.#draining.add(draining)
  }

  #probe(name: string): void {
    const { config, clock } = this.#options
    const again = clock.after(config.probe_interval, () => void this.#tryAgain(name))
    this.#failing.set(name, again)
  }

  /** What comes goes to it again once it answers. */
  async #tryAgain(name: string): Promise<void> {
    const endpoint = await this.#answering(name)
    if (this.#stopped || !this.#failing.has(name)) return endpoint?.shutdown()
    if (!endpoint) return this.#probe(name)
    this.#stopProbing(name)
    this.#live.set(name, endpoint)
    this.#remakeRing()
    this.#options.settings.log.info({ endpoint: name }, 'An endpoint works again.')
  }

  /** An endpoint of this name that answers; undefined where it does not. */
  async #answering(name: string): Promise<Endpoint | undefined> {
    let endpoint: Endpoint | undefined
    try {
      endpoint = await this.#make(name)
      if (await endpoint.answers('traces')) return endpoint
    } catch (error) {
      const { log } = this.#options.settings
      log.warn({ endpoint: name, error: describeError(error) }, 'An endpoint cannot be tried.')
    }
    await endpoint?.shutdown()
    return undefined
  }

  #stopProbing(name: string): void {
    this.#failing.get(name)?.()
    this.#failing.delete(name)
  }
}
