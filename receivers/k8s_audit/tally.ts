import type { ComponentCounters } from '../../src/telemetry/counters.ts'
import type { Distribution, Meter } from '../../src/telemetry/meter.ts'
import type { Unwanted } from './selection.ts'
import { FORMATS, type Format } from './unwrap.ts'

/** Why something was skipped that is no audit event, or none that can be read. */
export type Malformed =
  | 'truncated'
  | 'not_json'
  | 'not_utf8'
  | 'not_an_audit_event'
  | 'too_long'
  | 'too_deep'

/** Seconds; a file that is read from its beginning may be hours behind. */
const LAG_BOUNDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600] as const

/** Counts what was found. Drops are told to the counters with `flush`, not one by one. */
export class Tally {
  readonly #counters: ComponentCounters
  readonly #formats = new Map<Format, number>()
  readonly #malformed = new Map<Malformed, number>()
  readonly #unwanted = new Map<Unwanted, number>()
  readonly #lags = LAG_BOUNDS.map(() => 0).concat(0)
  #lagSum = 0

  constructor(counters: ComponentCounters, meter: Meter) {
    this.#counters = counters.of('logs')
    this.#register(meter)
  }

  /** An event, whether it is wanted or not. */
  event(format: Format): void {
    this.#formats.set(format, (this.#formats.get(format) ?? 0) + 1)
  }

  /** An event that is not handed on. */
  unwanted(reason: Unwanted): void {
    this.#unwanted.set(reason, (this.#unwanted.get(reason) ?? 0) + 1)
  }

  /** Something that cannot be read. */
  malformed(reason: Malformed, count = 1): void {
    this.#malformed.set(reason, (this.#malformed.get(reason) ?? 0) + count)
  }

  /** How long after its stage an event was read, in seconds; clocks that differ may make it negative. */
  lag(seconds: number): void {
    let i = 0
    while (i < LAG_BOUNDS.length && seconds > (LAG_BOUNDS[i] as number)) i++
    this.#lags[i] = (this.#lags[i] as number) + 1
    this.#lagSum += Math.max(0, seconds)
  }

  /** Tells the counters of the agent what was dropped. */
  flush(): void {
    for (const [reason, count] of this.#unwanted) {
      this.#counters.countIn(count)
      this.#counters.drop(reason, count)
    }
    this.#unwanted.clear()
  }

  #register(meter: Meter): void {
    const events = {
      name: 'waggle.k8s_audit.events',
      description: 'Audit events that were found, also those that are not handed on.',
      unit: '{event}',
    }
    meter.counter(events, (observe) => {
      for (const format of FORMATS) {
        const count = this.#formats.get(format)
        if (count) observe(count, { format })
      }
    })
    const malformed = {
      name: 'waggle.k8s_audit.malformed',
      description: 'Lines and parts of requests that were skipped because they cannot be read.',
      unit: '{line}',
    }
    meter.counter(malformed, (observe) => {
      for (const [reason, count] of this.#malformed) observe(count, { reason })
    })
    const lag = {
      name: 'waggle.k8s_audit.lag',
      description: 'Time from the stage of a request to when its audit event was read.',
      unit: 's',
    }
    meter.histogram(lag, (observe) => {
      if (this.#lags.some((count) => count > 0)) observe(this.#distribution())
    })
  }

  #distribution(): Distribution {
    const count = this.#lags.reduce((sum, one) => sum + one, 0)
    return { count, sum: this.#lagSum, bounds: LAG_BOUNDS, counts: this.#lags }
  }
}
