import { DATA, METRIC_DATA } from '../pdata/otlp_metrics.ts'
import { PLAIN } from './environment.ts'
import { boolField, uintField } from './field_types.ts'
import { define, type Functions } from './function.ts'
import { flag, word } from './params.ts'

const TEMPORALITIES = ['delta', 'cumulative']
const temporality = uintField(DATA.temporality)
const monotonic = boolField(DATA.monotonic)

/** Editors of a metric's data type. */
export const metricEditors: Functions = {
  convert_sum_to_gauge: define(
    'nil',
    [],
    () => (env) => {
      const { metric } = env
      if (env.dataField !== METRIC_DATA.sum) return null
      const data = metric.child(METRIC_DATA.sum, PLAIN)
      data.remove(DATA.temporality)
      data.remove(DATA.monotonic)
      metric.renumber(METRIC_DATA.sum, METRIC_DATA.gauge)
      return null
    },
    ['metric'],
  ),
  convert_gauge_to_sum: define(
    'nil',
    [word('aggregation_temporality', TEMPORALITIES), flag('is_monotonic')],
    (name, isMonotonic) => (env) => {
      const { metric } = env
      if (env.dataField !== METRIC_DATA.gauge) return null
      const data = metric.child(METRIC_DATA.gauge, PLAIN)
      data.set(temporality, TEMPORALITIES.indexOf(name) + 1)
      data.set(monotonic, isMonotonic)
      metric.renumber(METRIC_DATA.gauge, METRIC_DATA.sum)
      return null
    },
    ['metric'],
  ),
}
