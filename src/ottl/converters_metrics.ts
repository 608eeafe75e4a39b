import { PLAIN, type Environment } from './environment.ts'
import { DATA } from '../pdata/otlp_metrics.ts'
import { equal } from './compare.ts'
import { define, type Functions } from './function.ts'
import type { MapDraft } from './map_draft.ts'
import { any, string } from './params.ts'

/** Whether some data point of the metric has attributes that `test` wants. */
function somePoint(env: Environment, test: (attributes: MapDraft) => boolean): boolean {
  const field = env.dataField
  if (field === 0) return false
  const points = env.metric.child(field, PLAIN).list(DATA.points)
  const draft = env.pointDraft(field)
  for (let i = 0; i < points.length; i++) {
    const place = points.at(i)
    if (place && test(draft.over(...place).attributes)) return true
  }
  return false
}

/** What conditions on metrics ask of their data points. */
export const metricConverters: Functions = {
  HasAttrKeyOnDatapoint: define(
    'bool',
    [string('key')],
    (key) => (env) => {
      const wanted = key(env)
      return somePoint(env, (attributes) => attributes.get(wanted) !== undefined)
    },
    ['metric'],
  ),
  HasAttrOnDatapoint: define(
    'bool',
    [string('key'), any('value')],
    (key, value) => (env) => {
      const [wanted, by] = [key(env), value(env)]
      return somePoint(env, (attributes) => equal(attributes.get(wanted) ?? null, by))
    },
    ['metric'],
  ),
}
