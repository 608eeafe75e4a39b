import {
  compileCondition,
  compileStatement,
  type Environment,
  type ErrorMode,
  type Faults,
  Judge,
  type Statement,
} from '../../src/ottl/index.ts'
import { type Context } from '../../src/ottl/index.ts'
import { contextOf, type Stage } from './stages.ts'

/** The statements of a stage, compiled. */
export class Program {
  readonly context: Context
  /** Whether items have to be taken in their order. */
  readonly inOrder: boolean
  readonly #judge: Judge | undefined
  readonly #statements: readonly Statement[]
  readonly #mode: ErrorMode
  readonly #faults: Faults

  constructor(stage: Stage, faults: Faults) {
    const { conditions, statements, mode } = stage
    const context = contextOf(stage)
    const tests = conditions.map((text) => compileCondition(context, text))
    this.context = context
    this.#judge = tests.length > 0 ? new Judge(tests, mode, faults) : undefined
    this.#statements = statements.map((text) => compileStatement(context, text))
    this.inOrder = this.#statements.some(({ changesShared }) => changesShared)
    this.#mode = mode
    this.#faults = faults
  }

  /** Runs on the item that the environment stands at. Throws OttlError in mode `propagate`. */
  run(env: Environment): void {
    if (this.#judge && !this.#judge.holds(env)) return
    const statements = this.#statements
    for (let i = 0; i < statements.length; i++) {
      const statement = statements[i] as Statement
      try {
        statement.run(env)
      } catch (error) {
        this.#faults.take(this.#mode, statement.text, error)
      }
    }
  }
}
