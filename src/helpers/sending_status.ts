import type { StatusReporter } from '../component/status.ts'

/** How the attempts of one sender go. */
export interface SenderHealth {
  /** It does not work now. */
  failing(error: string): void
  /** A request was refused for good: the fault may lie with the request or with the destination. */
  refused(error: string): void
  /** It works. */
  works(): void
}

/** Nobody wants to know. */
export const NO_HEALTH: SenderHealth = { failing() {}, refused() {}, works() {} }

/** So many requests refused in a row are the destination's fault: credentials, path, service. */
const REFUSED_IN_A_ROW = 3

/**
 * How a destination fares, out of how each kind of data fares with it. Never `permanent`: credentials
 * and servers are repaired without a word to the agent, and a permanent error could not be taken back.
 */
export class DestinationStatus {
  readonly #status: StatusReporter
  readonly #errors = new Map<object, string>()

  constructor(status: StatusReporter) {
    this.#status = status
  }

  /** For one of those who send there. */
  sender(): SenderHealth {
    const key = {}
    let refused = 0
    const fail = (error: string): void => {
      this.#errors.set(key, error)
      this.#status.recoverable(error)
    }
    return {
      failing: fail,
      refused: (error) => {
        if (++refused >= REFUSED_IN_A_ROW) fail(`refuses every request: ${error}`)
      },
      works: () => {
        refused = 0
        if (this.#errors.delete(key)) this.#tell()
      },
    }
  }

  #tell(): void {
    const [left] = this.#errors.values()
    if (left === undefined) this.#status.ok()
    else this.#status.recoverable(left)
  }
}
