import { collectionConverters } from './converters_collections.ts'
import { metricConverters } from './converters_metrics.ts'
import { textConverters } from './converters_texts.ts'
import { timeConverters } from './converters_time.ts'
import { typeConverters } from './converters_types.ts'
import { mapEditors } from './editors_maps.ts'
import { metricEditors } from './editors_metrics.ts'
import { valueEditors } from './editors_values.ts'
import type { Functions } from './function.ts'

/** All editors. */
export const EDITORS: Functions = { ...mapEditors, ...valueEditors, ...metricEditors }

/** All converters. @param clock milliseconds since 1970, for `Now` */
export function convertersWith(clock: () => number): Functions {
  return {
    ...typeConverters,
    ...textConverters,
    ...collectionConverters,
    ...metricConverters,
    ...timeConverters(clock),
  }
}

/** All converters, by the clock of this machine. */
export const CONVERTERS: Functions = convertersWith(Date.now)

const forMetrics = new Set(
  Object.entries({ ...metricEditors, ...metricConverters }).map(([name]) => name),
)

/** True where one of these functions is for metrics alone. */
export function metricOnly(names: ReadonlySet<string>): boolean {
  return [...names].some((name) => forMetrics.has(name))
}
