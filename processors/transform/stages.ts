import { type Context, type ErrorMode, inferContext } from '../../src/ottl/index.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'

/** Statements about one context, and when they run. */
export interface Stage {
  readonly signal: Signal
  /** Where none is given, the paths of the texts tell: ask `contextOf`. */
  readonly context: Context | undefined
  readonly conditions: readonly string[]
  readonly statements: readonly string[]
  readonly mode: ErrorMode
  /** Where the statements stand in the configuration. */
  readonly path: readonly (string | number)[]
}

/** The parts of the configuration that have statements. */
export interface Statements {
  readonly error_mode: ErrorMode
  readonly trace_statements: Groups
  readonly metric_statements: Groups
  readonly log_statements: Groups
}

type Groups = readonly (string | Group)[]

interface Group {
  readonly context?: Context | undefined
  readonly conditions: readonly string[]
  readonly statements: readonly string[]
  readonly error_mode?: ErrorMode | undefined
}

/** The key of each signal. */
export const KEYS = {
  traces: 'trace_statements',
  metrics: 'metric_statements',
  logs: 'log_statements',
} as const

/** What a stage is about. Throws OttlSyntaxError where that cannot be told. */
export function contextOf({ signal, context, conditions, statements }: Stage): Context {
  return context ?? inferContext(signal, { conditions, statements })
}

/** What is to be done, in its order. */
export function stagesOf(config: Statements, signal: Signal): Stage[] {
  const key = KEYS[signal]
  return grouped(config[key], key).map(
    ({ context, conditions, statements, error_mode: mode, path }) => {
      return { signal, context, conditions, statements, mode: mode ?? config.error_mode, path }
    },
  )
}

/** Texts without a group are one. */
function grouped(list: Groups, key: string): (Group & Pick<Stage, 'path'>)[] {
  const texts = list.filter((one) => typeof one === 'string')
  if (texts.length > 0) return [{ conditions: [], statements: texts, path: [key] }]
  return (list as readonly Group[]).map((group, i) => ({ ...group, path: [key, i, 'statements'] }))
}
