import type { Signal } from '../../src/pdata/otlp_request.ts'
import {
  type Context,
  type ErrorMode,
  inferContext,
  SIGNAL_CONTEXTS,
} from '../../src/ottl/index.ts'

/** Conditions on one context: what one of them holds for is dropped. */
export interface Stage {
  readonly signal: Signal
  /** Where none is given, the paths of the texts tell: ask `contextOf`. */
  readonly context: Context | undefined
  readonly texts: readonly string[]
  readonly mode: ErrorMode
  /** Where the texts stand in the configuration. */
  readonly path: readonly (string | number)[]
}

/** The parts of the configuration that have conditions. */
export interface Conditions {
  readonly error_mode: ErrorMode
  readonly trace_conditions?: Groups | undefined
  readonly metric_conditions?: Groups | undefined
  readonly log_conditions?: Groups | undefined
  readonly traces?: Readonly<Record<string, readonly string[] | undefined>> | undefined
  readonly metrics?: Readonly<Record<string, readonly string[] | undefined>> | undefined
  readonly logs?: Readonly<Record<string, readonly string[] | undefined>> | undefined
}

type Groups = readonly (string | Group)[]

interface Group {
  readonly context?: Context | undefined
  readonly conditions: readonly string[]
  readonly error_mode?: ErrorMode | undefined
}

/** The keys of each signal. */
export const KEYS = [
  { signal: 'traces', groups: 'trace_conditions', older: 'traces' },
  { signal: 'metrics', groups: 'metric_conditions', older: 'metrics' },
  { signal: 'logs', groups: 'log_conditions', older: 'logs' },
] as const

/** What a stage is about. Throws OttlSyntaxError where that cannot be told. */
export function contextOf({ signal, context, texts }: Stage): Context {
  return context ?? inferContext(signal, { conditions: texts, statements: [] })
}

/** What is to be done, in its order. */
export function stagesOf(config: Conditions, signal: Signal): Stage[] {
  const key = KEYS.find((keys) => keys.signal === signal) as (typeof KEYS)[number]
  const newer = grouped(config[key.groups] ?? [], key.groups)
  const stages = newer.map(({ context, conditions, error_mode: mode, path }): Stage => {
    return { signal, context, texts: conditions, mode: mode ?? config.error_mode, path }
  })
  return [...stages, ...olderStages(config, key)]
}

/** Texts without a group are one. */
function grouped(
  list: Groups,
  key: string,
): (Group & { readonly path: readonly (string | number)[] })[] {
  const texts = list.filter((one) => typeof one === 'string')
  if (texts.length > 0) return [{ conditions: texts, path: [key] }]
  return (list as readonly Group[]).map((group, i) => ({ ...group, path: [key, i, 'conditions'] }))
}

function olderStages(config: Conditions, { signal, older }: (typeof KEYS)[number]): Stage[] {
  const given = config[older] ?? {}
  const mode = config.error_mode
  return SIGNAL_CONTEXTS[signal].flatMap((context) => {
    const name = context === 'log' ? 'log_record' : context
    const texts = given[name]
    return texts ? [{ signal, context, texts, mode, path: [older, name] }] : []
  })
}
