import { collectionConverters } from './converters_collections.ts'
import { textConverters } from './converters_texts.ts'
import { timeConverters } from './converters_time.ts'
import { typeConverters } from './converters_types.ts'
import { Compiler } from './compile.ts'
import { mapEditors } from './editors_maps.ts'
import { metricEditors } from './editors_metrics.ts'
import { valueEditors } from './editors_values.ts'
import type { Context, Environment } from './environment.ts'
import type { Functions } from './function.ts'
import { metricConverters } from './converters_metrics.ts'
import { parseCondition, parseStatement } from './parser.ts'

/*
 * The OpenTelemetry Transformation Language: docs/ottl.md says what of it is there. The door to this
 * folder; what runs conditions and statements over batches is in batch.ts and change.ts.
 */

export { OttlError, OttlSyntaxError } from './errors.ts'
export { CONTEXTS, Environment } from './environment.ts'
export type { Context } from './environment.ts'
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

/** All editors. */
export const EDITORS: Functions = { ...mapEditors, ...valueEditors, ...metricEditors }

function compilerOf(
  context: Context,
  { editors = EDITORS, clock = Date.now }: CompileOptions,
): Compiler {
  return new Compiler(context, convertersWith(clock), editors)
}

function convertersWith(clock: () => number): Functions {
  return {
    ...typeConverters,
    ...textConverters,
    ...collectionConverters,
    ...metricConverters,
    ...timeConverters(clock),
  }
}

/** The names of all converters. */
export const CONVERTER_NAMES: readonly string[] = Object.keys(convertersWith(Date.now)).toSorted()

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
  return {
    context,
    text,
    run: (env) => {
      if (test(env)) edit(env)
    },
  }
}
