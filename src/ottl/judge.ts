import type { ErrorMode } from './config.ts'
import type { Environment } from './environment.ts'
import type { Faults } from './faults.ts'
import type { Condition } from './index.ts'

/** Conditions of which one is enough. */
export class Judge {
  readonly #conditions: readonly Condition[]
  readonly #mode: ErrorMode
  readonly #faults: Faults

  constructor(conditions: readonly Condition[], mode: ErrorMode, faults: Faults) {
    this.#conditions = conditions
    this.#mode = mode
    this.#faults = faults
  }

  /**
   * Whether one of them holds for the item that the environment stands at; one that fails does not.
   * Throws OttlError in mode `propagate`.
   */
  holds(env: Environment): boolean {
    for (const condition of this.#conditions) {
      try {
        if (condition.test(env)) return true
      } catch (error) {
        this.#faults.take(this.#mode, condition.text, error)
      }
    }
    return false
  }
}
