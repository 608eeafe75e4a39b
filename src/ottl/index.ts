import type { Call } from './ast.ts'
import { Compiler } from './compile.ts'
import type { Context, Environment } from './environment.ts'
import type { Functions } from './function.ts'
import { CONVERTERS, convertersWith, EDITORS } from './functions.ts'
import { OttlSyntaxError } from './errors.ts'
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
export { openField, openGroup, openItem, openMetric } from './open.ts'
export { bytesOf, rewriteItems } from './rewrite.ts'
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
  /** Whether it changes the resource or scope, which items share: they have to be taken in their order. */
  readonly changesShared: boolean
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
  const changesShared = context !== 'resource' && context !== 'scope' && isShared(editor)
  if (!where) return { context, text, changesShared, run: (env) => void edit(env) }
  const test = compiler.test(where)
  const run = (env: Environment): void => {
    if (test(env)) edit(env)
  }
  return { context, text, changesShared, run }
}

/**
 * The condition of a statement that says nothing else: `route() where kind == 2`, which holds always
 * without its `where`. Throws OttlSyntaxError.
 * @param editor what the statement has to begin with, without its parentheses
 */
export function compileWhere(context: Context, text: string, editor: string): Condition {
  const parsed = parseStatement(text)
  const { name, args, at } = parsed.editor
  if (name !== editor || args.length > 0) {
    throw new OttlSyntaxError(`expected ${editor}(), received ${name}`, at)
  }
  const { where } = parsed
  const test = where ? compilerOf(context, {}).test(where) : (): boolean => true
  return { context, text, test }
}

const SHARED = ['resource', 'scope', 'instrumentation_scope']

/** What an editor changes is its target, which is its first argument where it has no name. */
function isShared({ args }: Call): boolean {
  const target = args.find(({ name }) => name === 'target') ?? args[0]
  const { value } = target ?? {}
  return value?.kind === 'path' && SHARED.includes(value.parts[0]?.name ?? '')
}

function compilerOf(context: Context, { editors = EDITORS, clock }: CompileOptions): Compiler {
  return new Compiler(context, clock ? convertersWith(clock) : CONVERTERS, editors)
}
