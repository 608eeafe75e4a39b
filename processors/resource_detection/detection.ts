import { describeError } from '../../src/component/errors.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import type { DetectorName, ResourceDetectionConfig } from './config.ts'
import { detectors } from './detectors/all.ts'
import type { Surroundings } from './surroundings.ts'

/** The first pause before a detector that failed is asked again; each further one is twice as long. */
const FIRST_PAUSE_MS = 1000

/** Asks the configured detectors, all at once, each until it answers or the time is up. */
export class Detection {
  readonly #config: ResourceDetectionConfig
  readonly #around: Surroundings
  readonly #clock: Clock
  readonly #log: Logger
  /** What each detector told last: one that fails later goes on counting. */
  readonly #last = new Map<DetectorName, Attributes>()
  readonly #stopped = new AbortController()

  constructor(config: ResourceDetectionConfig, around: Surroundings, clock: Clock, log: Logger) {
    this.#config = config
    this.#around = around
    this.#clock = clock
    this.#log = log
  }

  /** Ends what is under way; a detection then has what was told until now. */
  stop(): void {
    this.#stopped.abort(new Error('stopped'))
  }

  /** What all of them told; of the same attribute, what the first one told. Never rejects. */
  async detect(): Promise<Attributes> {
    const names = [...new Set(this.#config.detectors)]
    await Promise.all(names.map((name) => this.#ask(name)))
    const all = names.toReversed().map((name) => this.#last.get(name) ?? {})
    return Object.assign({}, ...all) as Attributes
  }

  async #ask(name: DetectorName): Promise<void> {
    const over = new AbortController()
    const { timeout } = this.#config
    const cancel = this.#clock.after(timeout, () =>
      over.abort(new Error(`no answer in ${timeout} ms`)),
    )
    const signal = AbortSignal.any([over.signal, this.#stopped.signal])
    try {
      this.#last.set(name, await this.#answer(name, signal))
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#log.warn({ detector: name, error: describeError(error) }, 'Detector has failed.')
    } finally {
      cancel()
    }
  }

  /** Rejects with the detector's own last error where there was one. */
  async #answer(name: DetectorName, signal: AbortSignal): Promise<Attributes> {
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      let failure: unknown
      try {
        return await unless(signal, detectors[name](this.#around, signal, this.#config))
      } catch (error) {
        failure = error
      }
      await this.#pause(pause, signal)
      if (signal.aborted) throw failure
    }
  }

  /** Shorter where the signal is first. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#clock.after(ms, end)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }
}

/** The answer, or the reason of the signal where that is first. */
function unless<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
