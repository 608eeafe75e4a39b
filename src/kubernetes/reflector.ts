import { describeError } from '../component/errors.ts'
import { Episode, type EpisodeLines } from '../helpers/episode.ts'
import { Backoff } from '../helpers/retry.ts'
import { systemClock, type Clock } from '../helpers/clock.ts'
import { Sleepers } from '../helpers/sleepers.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Differences, type Change } from './differences.ts'
import type { Known } from './known_objects.ts'
import { pagesOf, type Asking, type Collection } from './list.ts'
import { resourceName, type KubernetesObject, type Resource } from './object.ts'
import { ReflectorCounts, type ListReason } from './reflector_counts.ts'
import { watch, type Streaming, type WatchEvent } from './watch.ts'
import { askedWait, reasonOf, type EndReason } from './watch_error.ts'

/** The server is asked to end a watch after 5 to 10 minutes, as client-go's reflector asks. */
const MIN_WATCH_SECONDS = 300
/** A watch that lasted so long worked, whether something came or not. */
const WORKED_MS = 5_000
/** A watch that lasted less is not begun again at once, even where the server ended it in order. */
const SHORT_MS = 1_000
/** Nobody may keep us away for longer. */
const MAX_ASKED_MS = 300_000
/** client-go's: doubled each time from 0.8 to 30 seconds; each wait is spread by half of it. */
const BACKOFF = {
  enabled: true,
  initial_interval: 800,
  multiplier: 2,
  max_interval: 30_000,
  randomization_factor: 0.5,
  max_elapsed_time: 0,
}

/** What is known may be wrong then. */
const LIST_AGAIN: readonly EndReason[] = ['gone', 'malformed', 'too_long', 'not_found']
/** The same objects may be had in another group. */
const LOOK_ELSEWHERE: readonly EndReason[] = ['not_found', 'forbidden']

/** How a reflector fares. */
export interface ReflectorState {
  /** `waiting`: something failed, and it will be tried again. */
  readonly phase: 'idle' | 'listing' | 'watching' | 'waiting' | 'stopped'
  /** True once everything was listed for the first time. */
  readonly synced: boolean
  /** Up to where everything was told; empty before the first list. */
  readonly version: string
  /** What is wrong; empty while it works. */
  readonly problem: string
  /** The resource that is asked for now. */
  readonly resource: Resource
}

/** What a reflector is made with. */
export interface ReflectorOptions<T, K> {
  readonly client: Asking & Streaming
  readonly collection: Collection
  /** Asked for where the collection's own resource is not there or not allowed: the same objects in another group. */
  readonly otherwise?: Resource | undefined
  /** What of an object is told; the object itself is not kept. */
  readonly trim: (object: KubernetesObject) => T
  /** What of that is kept until the object vanishes. */
  readonly keep: (told: T) => K
  /** Takes a change; while its promise is open nothing more is read. It must not reject. */
  readonly onChange: (change: Change<T, K>) => Promise<void> | void
  /** Told when the phase changes. */
  readonly onState?: (state: ReflectorState) => void
  /** Everything is listed again when the last list is so old, at the end of a watch; 0: never. */
  readonly resyncMs?: number
  readonly log: Logger
  readonly clock?: Clock
  /** Milliseconds since 1970, to compare with the server's. */
  readonly wallClock?: () => number
  /** From 0 up to, not including, 1. */
  readonly random?: () => number
}

/**
 * Keeps up with a collection: lists it in pages, then watches it from the version of the list, and
 * lists it again, telling the differences, when the server cannot go on from where it was. Each change
 * is told in the order in which the API server made it, and none twice.
 */
export class Reflector<T, K = T> {
  readonly counts: ReflectorCounts
  readonly #options: ReflectorOptions<T, K>
  readonly #clock: Clock
  readonly #random: () => number
  readonly #differences: Differences<T, K>
  readonly #ending = new AbortController()
  readonly #sleepers: Sleepers
  readonly #episode: Episode
  #collection: Collection
  #backoff: Backoff
  #phase: ReflectorState['phase'] = 'idle'
  #synced = false
  #version: string | undefined
  #problem = ''
  #startedAt = 0
  #listReason: ListReason = 'initial'
  #listedAt = 0
  #running: Promise<void> | undefined

  constructor(options: ReflectorOptions<T, K>) {
    const { collection, clock = systemClock, random = Math.random } = options
    this.#options = options
    this.#collection = collection
    this.#clock = clock
    this.#random = random
    this.#sleepers = new Sleepers(clock)
    this.#backoff = this.#newBackoff()
    this.#episode = new Episode(this.#lines(), { clock })
    this.#differences = new Differences(options)
    this.counts = new ReflectorCounts(clock, options.wallClock ?? Date.now)
  }

  /** Begins, in the background. */
  start(): void {
    if (this.#phase !== 'idle') return
    this.#running = this.#run()
  }

  /** Ends at once, whatever it waits for; resolves when nothing more will be told. */
  async stop(): Promise<void> {
    this.#enter('stopped')
    this.#ending.abort()
    this.#sleepers.wakeAll()
    await this.#running
  }

  /** What was kept of each object, by `namespace/name`. */
  get objects(): ReadonlyMap<string, Known<K>> {
    return this.#differences.known
  }

  get state(): ReflectorState {
    return {
      phase: this.#phase,
      synced: this.#synced,
      version: this.#version ?? '',
      problem: this.#problem,
      resource: this.#collection.resource,
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        if (this.#version === undefined) this.#version = await this.#list()
        await this.#watch(this.#version)
      } catch (error) {
        if (this.#isStopped) return
        await this.#failed(error)
      }
    }
  }

  async #list(): Promise<string> {
    this.#enter('listing')
    this.counts.countList(this.#listReason)
    const signal = this.#ending.signal
    let version: string | undefined
    this.#differences.beginList()
    const { client } = this.#options
    const restarted = (): void => {
      version = undefined
      this.counts.countList('gone')
      this.#differences.beginList()
    }
    for await (const page of pagesOf(client, this.#collection, signal, restarted)) {
      version ??= page.version
      this.counts.heard()
      for (const item of page.items) await this.#told(this.#differences.listed(item, !this.#synced))
    }
    await this.#told(this.#differences.endList())
    this.#synced = true
    this.#listedAt = this.#clock.now()
    return version as string
  }

  async #watch(version: string): Promise<never> {
    this.#startedAt = this.#clock.now()
    const { client } = this.#options
    const spread = this.#random() * MIN_WATCH_SECONDS
    try {
      return await watch(client, {
        collection: this.#collection,
        version,
        timeoutSeconds: Math.round(MIN_WATCH_SECONDS + spread),
        clock: this.#clock,
        signal: this.#ending.signal,
        opened: () => this.#opened(),
        take: (event) => this.#take(event),
      })
    } finally {
      if (this.#clock.now() - this.#startedAt >= WORKED_MS) this.#works()
    }
  }

  #take(event: WatchEvent): Promise<void> | void {
    this.counts.heard()
    this.#works()
    const version = event.object.metadata.resourceVersion
    const advance = (): void => {
      if (version !== undefined && version !== '') this.#version = version
    }
    if (event.type === 'BOOKMARK') return advance()
    this.counts.countEvent(event.type, event.object)
    const busy = this.#told(this.#differences.watched(event.type, event.object))
    if (!busy) return advance()
    return busy.then(advance)
  }

  /** Hands a change on, and waits until it is taken, or for the end. */
  #told(changes: readonly Change<T, K>[]): Promise<void> | void {
    for (const [at, change] of changes.entries()) {
      const busy = this.#options.onChange(change)
      if (busy) return this.#untilStopped(busy).then(() => this.#told(changes.slice(at + 1)))
    }
  }

  async #untilStopped(busy: Promise<void>): Promise<void> {
    const { signal } = this.#ending
    let stop = (): void => {}
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(new Error('stopped'))
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
    try {
      await Promise.race([busy, stopped])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async #failed(error: unknown): Promise<void> {
    const reason = reasonOf(error)
    const operation = this.#version === undefined ? 'list' : 'watch'
    this.counts.countEnd(operation, reason)
    if (LIST_AGAIN.includes(reason)) this.#version = undefined
    if (this.#version === undefined) this.#listReason = reason
    else if (this.#isResyncDue) {
      this.#version = undefined
      this.#listReason = 'resync'
    }
    if (operation === 'list' && LOOK_ELSEWHERE.includes(reason)) this.#lookElsewhere()
    const isInOrder = reason === 'ended' && this.#clock.now() - this.#startedAt >= SHORT_MS
    if (isInOrder) return
    if (reason !== 'ended') this.#complain(reason, error)
    const asked = Math.min(askedWait(error), MAX_ASKED_MS)
    const ms = this.#backoff.next(asked) ?? asked
    this.#enter('waiting')
    await this.#sleepers.sleep(ms)
  }

  #lookElsewhere(): void {
    const { collection, otherwise } = this.#options
    if (!otherwise) return
    const isElsewhere = this.#collection !== collection
    this.#collection = isElsewhere ? collection : { ...collection, resource: otherwise }
  }

  #complain(reason: EndReason, error: unknown): void {
    this.#problem = describeError(error)
    // The version of a list grows old, servers come and go: nothing is lost by that.
    if (reason !== 'gone') this.#episode.add(1)
  }

  /** Events come, or the server said that they will. */
  #opened(): void {
    this.#problem = ''
    this.#enter('watching')
    this.#episode.calm()
  }

  #works(): void {
    this.#backoff = this.#newBackoff()
    this.#episode.calm()
  }

  #lines(): EpisodeLines {
    const resource = resourceName(this.#options.collection.resource)
    const { log } = this.#options
    return {
      begins: () => log.warn({ resource, error: this.#problem }, 'Cannot watch, trying again.'),
      ends: (failures) => log.info({ resource, failures }, 'Watching again.'),
    }
  }

  #newBackoff(): Backoff {
    return new Backoff(BACKOFF, { random: this.#random, clock: this.#clock })
  }

  #enter(phase: ReflectorState['phase']): void {
    if (this.#isStopped || this.#phase === phase) return
    this.#phase = phase
    this.#options.onState?.(this.state)
  }

  get #isResyncDue(): boolean {
    const { resyncMs = 0 } = this.#options
    return resyncMs > 0 && this.#clock.now() - this.#listedAt >= resyncMs
  }

  get #isStopped(): boolean {
    return this.#phase === 'stopped'
  }
}
