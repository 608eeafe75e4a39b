import { filter } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { KindCounts, registerLimiterMetrics } from './metrics.ts'
import type { MemoryWatch, Watcher } from './watch.ts'

/** Why a batch is refused: receivers of the network answer it with back-pressure. */
const REASON = 'memory_limit'

/** `memory_limiter` of one pipeline: hands everything on, or refuses it while there is too little memory. */
export class MemoryLimiterProcessor implements Processor {
  readonly #settings: Settings
  readonly #watch: MemoryWatch
  readonly #watcher: Watcher
  readonly #accepted = new KindCounts()
  readonly #refused = new KindCounts()

  constructor(settings: Settings, watch: MemoryWatch) {
    this.#settings = settings
    this.#watch = watch
    const refused = this.#refused
    this.#watcher = {
      log: settings.log,
      changed: (refusing) => this.#tell(refusing),
      get refusedItems() {
        return refused.sum
      },
    }
    const { meter, counters } = settings
    registerLimiterMetrics(meter, counters.kind, this.#accepted, refused)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) => source.pipe(filter((batch) => this.#admits(batch)))
  }

  async start(): Promise<void> {
    this.#warnUnlessFirst()
    this.#watch.begin(this.#watcher)
  }

  async shutdown(): Promise<void> {
    this.#watch.end(this.#watcher)
  }

  #admits({ kind, itemCount, delivery }: Batch): boolean {
    if (!this.#watch.refusing) {
      this.#accepted.add(kind, itemCount)
      return true
    }
    this.#refused.add(kind, itemCount)
    this.#settings.counters.drop(REASON, itemCount)
    // Before the next look nothing will be different.
    delivery.settle({ kind: 'refused', reason: REASON, afterMs: this.#watch.intervalMs })
    return false
  }

  #tell(refusing: boolean): void {
    const { status } = this.#settings
    if (refusing) status.recoverable('memory usage is above the soft limit, data is refused')
    else status.ok()
  }

  /** What comes before it has taken memory already when it is refused. */
  #warnUnlessFirst(): void {
    const { host, counters, id, log } = this.#settings
    const pipeline = host.pipelines().find((one) => one.id === counters.pipeline)
    const [first] = pipeline?.processors ?? []
    if (first === undefined || first === id) return
    log.warn({ first }, 'The memory limiter should be the first processor of its pipeline.')
  }
}
