import { Compiler } from './compile.ts'
import type { Context, Environment } from './environment.ts'
import type { Functions } from './function.ts'
import { convertersWith, EDITORS } from './functions.ts'
import { parseCondition, parseStatement } from './parser.ts'

/*
 * The OpenTelemetry Transformation Language: docs/ottl.md says what of it is there. The door to this
 * folder.
 */

export { ERROR_MODES, errorMode, problemsIn } from './config.ts'
export type { ErrorMode } from './config.ts'
export { CONTEXTS, Environment, VISIBLE } from './environment.ts'
export type { Context } from './environment.ts'
export { OttlError, OttlSyntaxError } from './errors.ts'
export { Faults } from './faults.ts'
export { inferContext, SIGNAL_CONTEXTS } from './infer.ts'
export { Judge } from './judge.ts'
export { itemsOfLogs, itemsOfSpans, openField, openGroup, openItem, openMetric } from './open.ts'
export { MAX_STATEMENT_BYTES } from './tokens.ts'

/** A compiled condition. */
export interface Condition {
  readonly context: Context
  /** As it was written. */
  readonly text: string
  /** Whether it holds for the items that the environment stands at. Throws OttlError. */
  readonly test: (env: Environment) => boolean
}

/** A compiled statement. */
export interface Statement {
  readonly context: Context
  /** As it was written. */
  readonly text: string
  /** Runs it on the items that the environment stands at, where its condition holds. Throws OttlError. */
  readonly run: (env: Environment) => void
}

/** What statements are compiled with. */
export interface CompileOptions {
  /** Editors that are known; all unless given. */
  readonly editors?: Functions
  /** Milliseconds since 1970, for `Now`. */
  readonly clock?: () => number
}

/** Compiles a condition such as `kind == SPAN_KIND_SERVER`. Throws OttlSyntaxError. */
export function compileCondition(
  context: Context,
  text: string,
  options: CompileOptions = {},
): Condition {
  const parsed = parseCondition(text)
  return { context, text, test: compilerOf(context, options).test(parsed) }
}

/** Compiles a statement such as `set(name, "x") where kind == 2`. Throws OttlSyntaxError. */
export function compileStatement(
  context: Context,
  text: string,
  options: CompileOptions = {},
): Statement {
  const { editor, where } = parseStatement(text)
  const compiler = compilerOf(context, options)
  const edit = compiler.editor(editor)
  if (!where) return { context, text, run: (env) => void edit(env) }
  const test = compiler.test(where)
  const run = (env: Environment): void => {
    if (test(env)) edit(env)
  }
  return { context, text, run }
}

function compilerOf(
  context: Context,
  { editors = EDITORS, clock = Date.now }: CompileOptions,
): Compiler {
  return new Compiler(context, convertersWith(clock), editors)
}
