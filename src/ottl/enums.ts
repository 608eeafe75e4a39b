import type { Context } from './environment.ts'

function numbered(prefix: string, names: readonly string[], first = 0): [string, number][] {
  return names.map((name, i) => [prefix + name, first + i])
}

const SPAN = numbered('SPAN_KIND_', [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
])
const STATUS = numbered('STATUS_CODE_', ['UNSET', 'OK', 'ERROR'])
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const SEVERITY = numbered('SEVERITY_NUMBER_', [
  'UNSPECIFIED',
  ...LEVELS.flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`]),
])
const TEMPORALITY = numbered('AGGREGATION_TEMPORALITY_', ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'])
const DATA_TYPE = numbered('METRIC_DATA_TYPE_', [
  'NONE',
  'GAUGE',
  'SUM',
  'HISTOGRAM',
  'EXPONENTIAL_HISTOGRAM',
  'SUMMARY',
])
const FLAGS = numbered('FLAG_', ['NONE', 'NO_RECORDED_VALUE'])

const traces = new Map([...SPAN, ...STATUS])
const metrics = new Map([...TEMPORALITY, ...DATA_TYPE, ...FLAGS])
const none = new Map<string, number>()

/** The enums that statements of a context can name, and their numbers. */
export const ENUMS: Readonly<Record<Context, ReadonlyMap<string, number>>> = {
  resource: none,
  scope: none,
  span: traces,
  spanevent: traces,
  metric: metrics,
  datapoint: metrics,
  log: new Map(SEVERITY),
}
