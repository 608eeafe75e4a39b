import { suggestion } from '../config/index.ts'
import type { Call } from './ast.ts'
import type { Context } from './environment.ts'
import { OttlSyntaxError } from './errors.ts'
import type { Arg, Param } from './params.ts'
import type { Get } from './target.ts'
import type { Type } from './values.ts'

/** A converter or editor, whatever its parameters. */
export interface OttlFunction {
  /** What it gives; an editor gives `nil`. */
  readonly type: Type | 'any'
  readonly params: readonly Param<unknown>[]
  /** The contexts that it is for; all unless given. */
  readonly contexts?: readonly Context[]
  /** @param args those of `params`, in their order; undefined where one is not given */
  readonly make: (args: readonly (Arg | undefined)[]) => Get
}

type Prepared<P extends readonly Param<unknown>[]> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never
}

/** Declares a function: its type, its parameters, and what it is with them prepared. */
export function define<const P extends readonly Param<unknown>[]>(
  type: Type | 'any',
  params: P,
  make: (...args: Prepared<P>) => Get,
  contexts?: readonly Context[],
): OttlFunction {
  const run = make as (...args: unknown[]) => Get
  return {
    type,
    params,
    ...(contexts && { contexts }),
    make: (args) => run(...params.map((param, i) => args[i] && param.prepare(args[i]))),
  }
}

/** Functions by their name. */
export type Functions = Readonly<Record<string, OttlFunction>>

/** The function that a call names. Throws OttlSyntaxError. */
export function functionOf(
  { name, at }: Call,
  functions: Functions,
  context: Context,
): OttlFunction {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!found) {
    throw new OttlSyntaxError(
      `unknown function ${name}${suggestion(name, Object.keys(functions))}`,
      at,
    )
  }
  if (found.contexts && !found.contexts.includes(context)) {
    throw new OttlSyntaxError(
      `${name} is for the context ${found.contexts.join(' or ')}, not ${context}`,
      at,
    )
  }
  return found
}

/** The arguments of a call by the place of their parameter. Throws OttlSyntaxError. */
export function argumentsOf<T>(
  { name, args, at }: Call,
  { params }: OttlFunction,
  look: (value: Call['args'][number]['value'], param: Param<unknown>) => T,
): (T | undefined)[] {
  const found: (T | undefined)[] = params.map(() => undefined)
  let named = false
  args.forEach((arg, i) => {
    if (named && arg.name === undefined) {
      throw new OttlSyntaxError('an argument without a name stands behind one with a name', arg.at)
    }
    named ||= arg.name !== undefined
    const place = arg.name === undefined ? i : params.findIndex((param) => param.name === arg.name)
    const param = params[place]
    if (!param) throw tooMany(name, arg.name, params, arg.at)
    if (found[place] !== undefined)
      throw new OttlSyntaxError(`"${param.name}" is given twice`, arg.at)
    found[place] = look(arg.value, param)
  })
  const missing = params.find((param, i) => !param.isOptional && found[i] === undefined)
  if (missing) throw new OttlSyntaxError(`${name} lacks its argument "${missing.name}"`, at)
  return found
}

function tooMany(
  name: string,
  arg: string | undefined,
  params: readonly Param<unknown>[],
  at: number,
): OttlSyntaxError {
  const known = params.map((param) => param.name)
  if (arg !== undefined) {
    return new OttlSyntaxError(`${name} has no argument "${arg}"${suggestion(arg, known)}`, at)
  }
  return new OttlSyntaxError(`expected at most ${known.length} arguments for ${name}`, at)
}
