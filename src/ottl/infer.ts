import type { Signal } from '../pdata/otlp_request.ts'
import { ENUMS } from './enums.ts'
import { CONTEXTS, type Context, VISIBLE } from './environment.ts'
import { OttlSyntaxError } from './errors.ts'
import { addCall, addNames, type Names, noNames } from './names.ts'
import { metricOnly } from './functions.ts'
import { parseCondition, parseStatement } from './parser.ts'

/** The contexts of each signal, the outermost first. */
export const SIGNAL_CONTEXTS: Readonly<Record<Signal, readonly Context[]>> = {
  traces: ['resource', 'scope', 'span', 'spanevent'],
  metrics: ['resource', 'scope', 'metric', 'datapoint'],
  logs: ['resource', 'scope', 'log'],
}

/** Texts that are to share a context. */
export interface Texts {
  readonly conditions: readonly string[]
  readonly statements: readonly string[]
}

/**
 * The outermost context of a signal in which all texts can be read: `datapoint` where one is about
 * the metric and one about its data points. Texts with faults in their grammar do not count. Throws
 * OttlSyntaxError where there is none.
 */
export function inferContext(signal: Signal, texts: Texts): Context {
  const names = namesOf(texts)
  const candidates = SIGNAL_CONTEXTS[signal]
  const named = [...names.paths].filter((name) => isContext(name)).map(contextOf)
  const found = candidates.find((context) => fits(context, named, names))
  if (named.length === 0 && !isTold(names)) {
    const prefixes = candidates.map((context) => `${context}.`).join(', ')
    throw new OttlSyntaxError(`expected paths that begin with their context (${prefixes})`, 0)
  }
  if (found) return found
  const listed = [...new Set(named)].join(', ')
  throw new OttlSyntaxError(`no context of ${signal} has all of ${listed}`, 0)
}

/** True where functions or enums tell the context already. */
function isTold({ functions, symbols }: Names): boolean {
  return metricOnly(functions) || functions.has('IsRootSpan') || symbols.size > 0
}

function fits(context: Context, named: readonly Context[], names: Names): boolean {
  if (!named.every((one) => VISIBLE[context].includes(one))) return false
  if (metricOnly(names.functions) && context !== 'metric') return false
  if (names.functions.has('IsRootSpan') && context !== 'span') return false
  const known = ENUMS[context]
  return [...names.symbols].every((symbol) => known.has(symbol) || !isEnum(symbol))
}

/** True for a name that is an enum somewhere: it may also be that of a converter. */
function isEnum(symbol: string): boolean {
  return CONTEXTS.some((context) => ENUMS[context].has(symbol))
}

function isContext(name: string): boolean {
  return name === 'instrumentation_scope' || (CONTEXTS as readonly string[]).includes(name)
}

function contextOf(name: string): Context {
  return name === 'instrumentation_scope' ? 'scope' : (name as Context)
}

function namesOf({ conditions, statements }: Texts): Names {
  const names = noNames()
  for (const text of conditions) forgiving(() => addNames(parseCondition(text), names))
  for (const text of statements) forgiving(() => addStatement(text, names))
  return names
}

function addStatement(text: string, names: Names): void {
  const { editor, where } = parseStatement(text)
  addCall(editor, names)
  if (where) addNames(where, names)
}

/** Who compiles the text says what is wrong with it. */
function forgiving(add: () => void): void {
  try {
    add()
  } catch (error) {
    if (!(error instanceof OttlSyntaxError)) throw error
  }
}
