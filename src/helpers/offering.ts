import type { Subject } from 'rxjs'
import type { Settings } from '../component/settings.ts'
import type { Batch, Kind } from '../pdata/batch.ts'
import { Delivery, type Outcome } from '../pdata/delivery.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Clock } from './clock.ts'
import { Sleepers } from './sleepers.ts'

/** What was refused is offered again after so long, unless whoever refused it says otherwise. */
const RETRY_MS = 1_000

/** What may be in the pipelines at the same time. */
export interface OfferingLimits {
  readonly works: number
  readonly bytes: number
}

/** Something that a batch is made of, again for each time that it is offered. */
export interface Work {
  readonly kind: Kind
  /** What it takes of the limit. */
  readonly bytes: number
  readonly make: (delivery: Delivery) => Batch
}

/** Offers batches that nobody sends again to the pipelines until they are taken, a bounded number at a time. */
export class Offering {
  readonly #counters: ComponentCounters
  readonly #batches: Subject<Batch>
  readonly #isKept: boolean
  readonly #limits: OfferingLimits
  readonly #sleepers: Sleepers
  readonly #running = new Set<Promise<void>>()
  readonly #end = Promise.withResolvers<void>()
  #bytes = 0
  #stopped = false

  /** @param isKept whether somebody remembers what nobody has answered for, so that it is not lost */
  constructor(
    { counters }: Pick<Settings, 'counters'>,
    batches: Subject<Batch>,
    isKept: boolean,
    limits: OfferingLimits,
    clock: Clock,
  ) {
    this.#counters = counters
    this.#batches = batches
    this.#isKept = isKept
    this.#limits = limits
    this.#sleepers = new Sleepers(clock)
  }

  /** True when nothing more should be added for now. */
  get isFull(): boolean {
    return this.#running.size >= this.#limits.works || this.#bytes >= this.#limits.bytes
  }

  /** Resolves when there is room; true where there will be none, because it was stopped. */
  async room(): Promise<boolean> {
    while (this.isFull && !this.#stopped) await Promise.race([this.#end.promise, ...this.#running])
    return this.#stopped
  }

  /** Offers it; `onOver` runs when somebody has answered for it, and never after a stop. */
  add(work: Work, onOver: () => void): void {
    const running = this.#deliver(work).then((isOver) => {
      if (isOver) onOver()
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  /** Resolves when all that was added is answered for. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Offers nothing again. */
  stop(): void {
    this.#stopped = true
    this.#end.resolve()
    this.#sleepers.wakeAll()
  }

  /** True when somebody has answered for it. */
  async #deliver(work: Work): Promise<boolean> {
    this.#bytes += work.bytes
    const counters = this.#counters.of(work.kind)
    let items = 0
    let outcome: Outcome
    for (;;) {
      const offered = this.#offer(work)
      if (items === 0) counters.countIn((items = offered.items))
      outcome = await offered.outcome
      if (outcome.kind !== 'refused' || this.#stopped) break
      counters.refuse(outcome.reason, items)
      await this.#sleepers.sleep(outcome.afterMs ?? RETRY_MS)
      if (this.#stopped) break
    }
    this.#bytes -= work.bytes
    return this.#count(outcome, items, counters)
  }

  #count(outcome: Outcome, items: number, counters: ComponentCounters): boolean {
    if (outcome.kind === 'accepted') counters.countOut(items)
    else if (outcome.kind === 'refused' && this.#isKept) counters.countIn(-items)
    else counters.drop(outcome.reason, items)
    return outcome.kind !== 'refused'
  }

  #offer({ make }: Work): { items: number; outcome: Promise<Outcome> } {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const batch = make(new Delivery(resolve))
    if (batch.itemCount === 0) resolve({ kind: 'accepted' })
    else this.#batches.next(batch)
    return { items: batch.itemCount, outcome: promise }
  }
}
