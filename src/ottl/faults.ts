import { systemClock, type Clock } from '../helpers/clock.ts'
import { Episode } from '../helpers/episode.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter, MetricFacts } from '../telemetry/meter.ts'
import type { ErrorMode } from './config.ts'
import { OttlError } from './errors.ts'

const ERRORS: MetricFacts = {
  name: 'waggle.ottl.errors',
  description: 'Conditions and statements that failed with the data that they got.',
  unit: '{error}',
}

/** Longer texts are cut off in the log. */
const MAX_SHOWN = 200

/**
 * Counts what conditions and statements of a component run into, and logs when that begins and when it
 * has ended.
 */
export class Faults {
  readonly #episode: Episode
  #errors = 0
  #first: { readonly text: string; readonly error: string } = { text: '', error: '' }
  readonly #unregister: () => void

  constructor(log: Logger, meter: Meter, clock: Clock = systemClock) {
    const lines = {
      begins: () => log.warn(this.#first, 'A condition or statement fails.'),
      ends: (errors: number) => log.info({ errors }, 'Conditions and statements no longer fail.'),
    }
    this.#episode = new Episode(lines, { clock })
    this.#unregister = meter.counter(ERRORS, (observe) => observe(this.#errors))
  }

  /** How many there were. */
  get errors(): number {
    return this.#errors
  }

  /** Takes what a text has thrown; throws it again where it is to be told, or is none of ours. */
  take(mode: ErrorMode, text: string, error: unknown): void {
    if (!(error instanceof OttlError)) throw error
    this.#errors++
    if (mode !== 'silent') {
      this.#first = { text: text.slice(0, MAX_SHOWN), error: error.message }
      this.#episode.add(1)
    }
    if (mode === 'propagate') throw error
  }

  /** A batch went by without any: ends the time of errors when it has been quiet for long enough. */
  calm(): void {
    this.#episode.calm()
  }

  /** For shutdown. */
  end(): void {
    this.#episode.end()
    this.#unregister()
  }
}
