import { ACCEPTED, type Outcome } from '../pdata/delivery.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'
import { DropLog } from './drop_log.ts'
import { Episode } from './episode.ts'
import { sumItems } from './sending_job.ts'
import type { Fate } from './sender.ts'

/** What became of some of the items of a batch. */
export interface Part {
  readonly items: number
  readonly fate: Fate
}

/** Counts and logs what became of the items that a queue answers for. */
export class Fates {
  readonly #counters: ComponentCounters
  readonly #drops: DropLog
  /** What was not taken of what was: for the Collector no error, because whoever rejects says why. */
  readonly #parts: Episode
  readonly #warnings: Episode
  #warning = ''

  constructor(log: Logger, counters: ComponentCounters, clock: Clock) {
    this.#counters = counters
    this.#drops = new DropLog(log, counters, clock)
    const parts = {
      begins: () => log.warn({ message: this.#warning }, 'Partial success response.'),
      ends: (items: number) => log.info({ items }, 'No more partial success responses.'),
    }
    this.#parts = new Episode(parts, { clock })
    const lines = {
      begins: () => log.warn({ message: this.#warning }, 'Destination took data with a warning.'),
      ends: (warnings: number) => log.info({ warnings }, 'Destination warns no longer.'),
    }
    this.#warnings = new Episode(lines, { clock })
  }

  /** Counts items that were taken over before. */
  count({ items, fate }: Part): void {
    // Whoever has taken it over has counted it in.
    if (fate.kind === 'moved') return this.#counters.countIn(-items)
    if (fate.kind === 'given_up') return this.#drops.drop(fate.reason, items, { error: fate.error })
    const rejected = Math.min(Math.max(fate.rejected, 0), items)
    this.#counters.countOut(items - rejected)
    if (rejected > 0) this.#partly(rejected, fate.message)
    else this.#warn(fate.message)
    this.#drops.calm()
  }

  /**
   * The outcome of a batch whose sender has waited for it. What was taken in part is answered for
   * here; what was not taken at all is still its sender's.
   */
  answer(parts: readonly Part[]): Outcome {
    const [worst] = parts.map(({ fate }) => fate).filter(({ kind }) => kind === 'given_up')
    if (worst?.kind === 'given_up' && parts.every(({ fate }) => fate.kind === 'given_up')) {
      return { kind: worst.reason === 'rejected' ? 'rejected' : 'refused', reason: worst.reason }
    }
    this.#counters.countIn(sumItems(parts))
    for (const part of parts) this.count(part)
    return ACCEPTED
  }

  /** Ends all that is going on: for shutdown. */
  end(): void {
    this.#drops.end()
    this.#parts.end()
    this.#warnings.end()
  }

  #partly(rejected: number, message: string): void {
    this.#counters.drop('partial_success', rejected)
    this.#warning = message
    this.#parts.add(rejected)
  }

  #warn(message: string): void {
    this.#parts.calm()
    if (message === '') return this.#warnings.calm()
    this.#warning = message
    this.#warnings.add(1)
  }
}

/** A batch whose sender waits to hear what becomes of its requests. */
export class WaitedBatch {
  readonly outcome: Promise<Outcome>
  readonly #parts: Part[] = []
  readonly #requests: number
  readonly #fates: Fates
  readonly #resolve: (outcome: Outcome) => void

  constructor(requests: number, fates: Fates) {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.outcome = promise
    this.#requests = requests
    this.#fates = fates
    this.#resolve = resolve
  }

  /** One of its requests is done. */
  add(part: Part): void {
    this.#parts.push(part)
    if (this.#parts.length === this.#requests) this.#resolve(this.#fates.answer(this.#parts))
  }
}

/**
 * What a fate that requests share means for each of them. Which of them the items belong to that a
 * destination rejected is not known: they are counted from the first on.
 */
export function shareFate(requests: readonly { readonly items: number }[], fate: Fate): Fate[] {
  if (fate.kind !== 'sent' || fate.rejected <= 0) return requests.map(() => fate)
  let left = fate.rejected
  return requests.map(({ items }) => {
    const rejected = Math.min(left, items)
    left -= rejected
    return { ...fate, rejected, message: rejected > 0 ? fate.message : '' }
  })
}
