import { Subject, type Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { describeError } from '../../src/component/errors.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { within } from '../../src/helpers/within.ts'
import {
  KubernetesClient,
  Reflector,
  registerReflectorMetrics,
  resourceName,
  type Surroundings,
} from '../../src/kubernetes/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { changeRecord, type ObjectChange } from './change_record.ts'
import type { K8sWatchConfig } from './config.ts'
import { LeftOut } from './left_out.ts'
import { Outbox } from './outbox.ts'
import { keptObject, toldObject, type KeptObject, type ToldObject } from './told_object.ts'
import { watchedOf, type Watched } from './watched_resources.ts'

/** How long the pipelines may take at the end for what was seen, in milliseconds. */
const SETTLE_MS = 5_000
/** Who we are is read again after so long where that failed. */
const START_AGAIN_MS = 10_000

type ObjectReflector = Reflector<ToldObject, KeptObject>

/** What a test gives in place of the real. */
export interface K8sWatchSurroundings {
  readonly clock?: Clock
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  readonly around?: Surroundings
}

/** Watches what becomes of pods, and hands it on as log records. */
export class K8sWatchReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: K8sWatchConfig
  readonly #clock: Clock
  readonly #wallClock: () => number
  readonly #around: Surroundings | undefined
  readonly #batches = new Subject<Batch>()
  readonly #outbox: Outbox
  readonly #leftOut: LeftOut
  #reflectors: readonly ObjectReflector[] = []
  #client: KubernetesClient | undefined
  #cancel: () => void = () => {}
  #starting: Promise<void> | undefined
  #ending: Promise<void> | undefined

  constructor(
    settings: Settings,
    config: K8sWatchConfig,
    { clock = systemClock, wallClock = Date.now, around }: K8sWatchSurroundings = {},
  ) {
    this.#settings = settings
    this.#config = config
    this.#clock = clock
    this.#wallClock = wallClock
    this.#around = around
    this.#outbox = new Outbox(settings, this.#batches, clock)
    this.#leftOut = new LeftOut(settings.meter, config.events.kinds)
    registerReflectorMetrics(settings.meter, () => this.#reflectors)
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    this.#begin()
  }

  shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  #begin(): void {
    this.#starting = this.#open().catch((error: unknown) => this.#complain(error))
  }

  /** Where we are and who we are may become known later: the file may come with another container. */
  #complain(error: unknown): void {
    if (this.#ending) return
    const problem = describeError(error)
    this.#settings.status.recoverable(problem)
    this.#settings.log.error({ error: problem }, 'Cannot reach the Kubernetes API.')
    this.#cancel = this.#clock.after(START_AGAIN_MS, () => this.#begin())
  }

  async #open(): Promise<void> {
    const { log, version } = this.#settings
    const around = this.#around && { around: this.#around }
    const options = { log, version, clock: this.#clock, ...around }
    const client = new KubernetesClient(this.#config, options)
    await client.start()
    if (this.#ending) return client.close()
    this.#client = client
    log.info({ server: client.server }, 'Watching through the Kubernetes API.')
    this.#reflectors = watchedOf(this.#config).map((watched) => this.#reflect(client, watched))
    for (const reflector of this.#reflectors) reflector.start()
  }

  #reflect(client: KubernetesClient, { collection, otherwise, trim }: Watched): ObjectReflector {
    const reflector: ObjectReflector = new Reflector({
      client,
      collection,
      otherwise,
      trim: (object) => toldObject(object, trim),
      keep: keptObject,
      onChange: (change) => this.#take(change, resourceName(reflector.state.resource)),
      onState: () => this.#tellStatus(),
      resyncMs: this.#config.resync,
      log: this.#settings.log,
      clock: this.#clock,
      wallClock: this.#wallClock,
    })
    return reflector
  }

  #take(change: ObjectChange, resource: string): Promise<void> | void {
    if (this.#leftOut.count(change)) return undefined
    return this.#outbox.take(changeRecord(change, resource, this.#wallClock()))
  }

  #tellStatus(): void {
    if (this.#ending) return
    const problems = this.#reflectors.map(({ state }) => state.problem).filter(Boolean)
    if (problems.length > 0) this.#settings.status.recoverable([...new Set(problems)].join('; '))
    else this.#settings.status.ok()
  }

  async #end(): Promise<void> {
    this.#cancel()
    await this.#starting
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()))
    this.#client?.close()
    await within(this.#clock, SETTLE_MS, this.#outbox.empty())
    await this.#outbox.stop()
    this.#batches.complete()
  }
}
