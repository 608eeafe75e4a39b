import type { Exemplar } from '../pdata/metrics.ts'
import { attributeText, labelName, type LabelPairs } from './prometheus_labels.ts'

/** OpenMetrics 1.0, "Exemplars": names and values of the labels together, in characters. */
const MAX_CHARACTERS = 128

/**
 * The labels of an exemplar, names and values in turn: the ids of its trace and span first. Attributes
 * are left out when they would not fit beside the ids.
 */
export function exemplarPairs({ traceId, spanId, attributes }: Exemplar): LabelPairs {
  const labels = new Map<string, string>()
  let left = MAX_CHARACTERS
  const add = (name: string, value: string): void => {
    const characters = [...name].length + [...value].length
    if (value === '' || labels.has(name) || characters > left) return
    left -= characters
    labels.set(name, value)
  }
  add('trace_id', traceId)
  add('span_id', spanId)
  for (const [key, value] of Object.entries(attributes)) add(labelName(key), attributeText(value))
  return [...labels].flat()
}
