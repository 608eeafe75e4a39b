import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { collectGarbage } from '../../src/helpers/collect_garbage.ts'
import { MemoryGovernor } from '../../src/helpers/governor_memory.ts'
import { memoryTotal, type MemoryTotal } from '../../src/helpers/memory_total.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import type { MemoryLimiterConfig } from './config.ts'
import { GarbageSchedule, type Pressure } from './garbage.ts'
import { heapLimit, inMib, processMemory, rssLimit } from './limits.ts'
import type { Limit, MemoryReadings, RssLimit } from './limits.ts'

/** What a watch works with; the process itself unless a test says otherwise. */
export interface WatchSurroundings {
  readonly clock?: Clock
  readonly readings?: MemoryReadings
  readonly total?: () => MemoryTotal
  /** Resolves with whether it could be done. */
  readonly collect?: () => Promise<boolean>
}

/** Who is told of a watch's decisions. */
export interface Watcher {
  readonly log: Logger
  /** Whether data is refused, at each change. */
  changed(refusing: boolean): void
  /** Items that it has refused so far. */
  readonly refusedItems: number
}

interface Usage {
  readonly rss: number
  readonly heap: number
}

const watches = new WeakMap<MemoryLimiterConfig, MemoryWatch>()

/**
 * The watch of a configuration. The memory is that of the whole process, so all pipelines that name
 * the same limiter have one: it looks, collects garbage and says what it does once for all.
 */
export function sharedWatch(config: MemoryLimiterConfig): MemoryWatch {
  const known = watches.get(config) ?? new MemoryWatch(config)
  watches.set(config, known)
  return known
}

/** Looks at the memory and decides whether data is refused, while there is somebody to tell. */
export class MemoryWatch {
  /** Milliseconds from one look to the next. */
  readonly intervalMs: number
  readonly #rssLimit: RssLimit
  readonly #heapLimit: Limit
  readonly #clock: Clock
  readonly #readings: MemoryReadings
  readonly #collect: () => Promise<boolean>
  readonly #garbage: GarbageSchedule
  readonly #rss: MemoryGovernor
  readonly #heap: MemoryGovernor
  readonly #watchers = new Set<Watcher>()
  #refusing = false
  #collecting = false
  #itemsBefore = 0
  #cancel = (): void => {}

  constructor(
    config: MemoryLimiterConfig,
    {
      clock = systemClock,
      readings = processMemory,
      total = memoryTotal,
      collect = collectGarbage,
    }: WatchSurroundings = {},
  ) {
    this.intervalMs = config.check_interval
    this.#rssLimit = rssLimit(config, total)
    this.#heapLimit = heapLimit(readings)
    this.#clock = clock
    this.#readings = readings
    this.#collect = collect
    this.#garbage = new GarbageSchedule(config)
    this.#rss = new MemoryGovernor(this.#rssLimit.soft)
    this.#heap = new MemoryGovernor(this.#heapLimit.soft)
  }

  /** True while nothing may be taken in. */
  get refusing(): boolean {
    return this.#refusing
  }

  /** Adds somebody to tell; the first one sets the watch going. */
  begin(watcher: Watcher): void {
    this.#watchers.add(watcher)
    if (this.#refusing) watcher.changed(true)
    if (this.#watchers.size > 1) return
    const { soft, hard, total } = this.#rssLimit
    watcher.log.info(
      {
        limit_mib: inMib(hard),
        spike_limit_mib: inMib(hard - soft),
        check_interval_ms: this.intervalMs,
        heap_limit_mib: inMib(this.#heapLimit.hard),
        ...(total && { total_memory_mib: inMib(total.bytes), total_from: total.source }),
      },
      'Memory limiter configured.',
    )
    this.#look()
  }

  /** Takes somebody away; after the last one nothing is looked at any more. */
  end(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher) || this.#watchers.size > 0) return
    this.#cancel()
    this.#refusing = false
  }

  #look(): void {
    this.#cancel = this.#clock.after(this.intervalMs, () => this.#look())
    if (this.#collecting) return
    const usage = this.#read()
    const pressure = this.#pressureOf(usage)
    if (!pressure) this.#garbage.calm()
    if (pressure && this.#garbage.isDue(pressure, this.#clock.now())) this.#force(pressure, usage)
    else this.#decide(usage)
  }

  /** Has garbage collected, and decides by what is left then. */
  #force(pressure: Pressure, before: Usage): void {
    this.#collecting = true
    void this.#collect().then((done) => {
      this.#collecting = false
      // Whoever had this asked for may be gone by now.
      if (this.#watchers.size === 0) return
      const after = this.#read()
      const helped = done && this.#pressureOf(after) === undefined
      this.#garbage.done(pressure, this.#clock.now(), helped)
      this.#log?.debug(
        { pressure, before_mib: inMib(before.rss), after_mib: inMib(after.rss), helped },
        done ? 'Forced a garbage collection.' : 'Garbage cannot be collected by force.',
      )
      this.#decide(after)
    })
  }

  #decide(usage: Usage): void {
    this.#rss.step(usage.rss)
    this.#heap.step(usage.heap)
    const refusing = this.#rss.refusing || this.#heap.refusing
    if (refusing === this.#refusing) return
    this.#refusing = refusing
    this.#say(usage)
    for (const watcher of this.#watchers) watcher.changed(refusing)
  }

  /** The Collector's sentences, which runbooks look for. */
  #say({ rss, heap }: Usage): void {
    const usage = { cur_mem_mib: inMib(rss), heap_mib: inMib(heap) }
    const items = [...this.#watchers].reduce((sum, { refusedItems }) => sum + refusedItems, 0)
    if (this.#refusing) {
      this.#itemsBefore = items
      this.#log?.warn(usage, 'Memory usage is above soft limit. Refusing data.')
    } else {
      const refused_items = items - this.#itemsBefore
      const text = 'Memory usage back within limits. Resuming normal operation.'
      this.#log?.info({ ...usage, refused_items }, text)
    }
  }

  /** The first one's: it says once what holds for all. */
  get #log(): Logger | undefined {
    const [first] = this.#watchers
    return first?.log
  }

  #read(): Usage {
    return { rss: this.#readings.rssBytes(), heap: this.#readings.heapBytes() }
  }

  #pressureOf({ rss, heap }: Usage): Pressure | undefined {
    if (rss >= this.#rssLimit.hard || heap >= this.#heapLimit.hard) return 'hard'
    return rss >= this.#rssLimit.soft || heap >= this.#heapLimit.soft ? 'soft' : undefined
  }
}
